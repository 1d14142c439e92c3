"""The addresses of residents' data and consents."""

from django.urls import path

from district_bridge.privacy import views

urlpatterns = [
    path("homes/<str:home_id>/resident/", views.resident, name="resident"),
    path("homes/<str:home_id>/consents/<str:purpose>/", views.answer, name="consent"),
]
