"""The dashboard's addresses."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from district_bridge.dashboard.views import alerts, homes, live
from district_bridge.supervision.views import set_plan

urlpatterns = [
    path("", alerts.queue, name="queue"),
    path("queue/rows/", alerts.queue_rows, name="queue-rows"),
    path("alerts/closed/", alerts.closed, name="closed-alerts"),
    path("alerts/<int:alert_id>/", alerts.detail, name="alert"),
    path("alerts/<int:alert_id>/story/", alerts.story, name="alert-story"),
    path("alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/close/", alerts.close, name="close"),
    path("homes/", homes.homes, name="homes"),
    path("homes/enrol/", homes.enrol, name="enrol"),
    path("homes/<str:home_id>/", homes.home, name="home"),
    path("homes/<str:home_id>/plan/", set_plan, name="home-plan"),
    path("homes/<str:home_id>/say/", homes.say, name="say"),
    path("homes/<str:home_id>/code/", homes.another_code, name="another-code"),
    path("homes/<str:home_id>/keys/<int:key_id>/revoke/", homes.revoke_key, name="revoke-key"),
    path("live/", live.live, name="live"),
    path(
        "login/",
        LoginView.as_view(template_name="dashboard/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", login_not_required(set_language), name="language"),
]
