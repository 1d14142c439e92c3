"""The addresses of a person's own account."""

from django.urls import path

from district_bridge.accounts import views

urlpatterns = [
    path("account/", views.own, name="account"),
    path("account/code/", views.give, name="second-factor"),
    path("account/code/set-up/", views.set_up, name="second-factor-set-up"),
    path("account/recovery-codes/", views.recovery_codes, name="recovery-codes"),
    path("account/sign-out/", views.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/password/", views.ChangePassword.as_view(), name="password"),
]
