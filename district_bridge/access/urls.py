"""The addresses of the access log and of emergency access."""

from django.urls import path

from district_bridge.access import views

urlpatterns = [
    path("access/", views.review_month, name="access-review"),
    path("access/download/", views.download, name="access-download"),
    path("access/homes/<str:home_id>/", views.of_home, name="access-of-home"),
    path("access/emergency/", views.open_glass, name="break-glass"),
    path("access/emergency/<int:glass_id>/noted/", views.note_glass, name="note-glass"),
]
