"""The dashboard's addresses."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from district_bridge.dashboard.views import (
    alerts,
    areas,
    calendar,
    figures,
    homes,
    ladders,
    live,
    queue,
    reach,
    together,
)
from district_bridge.supervision.views import set_plan

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/rows/", queue.queue_rows, name="queue-rows"),
    path("alerts/closed/", queue.closed, name="closed-alerts"),
    path("alerts/<int:alert_id>/", alerts.detail, name="alert"),
    path("alerts/<int:alert_id>/story/", alerts.alert_story, name="alert-story"),
    path("alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/close/", alerts.close, name="close"),
    path("alerts/<int:alert_id>/offer/", together.offer, name="offer"),
    path("alerts/<int:alert_id>/give-back/", together.give_back, name="give-back"),
    path("alerts/<int:alert_id>/merge/", together.merge, name="merge"),
    path("alerts/<int:alert_id>/note/", together.note, name="note"),
    path("alerts/<int:alert_id>/undo/", together.undo, name="undo"),
    path("alerts/<int:alert_id>/called-119/", together.called_119, name="called-119"),
    path("handovers/<int:handover_id>/", together.receive, name="receive"),
    path("areas/<int:area_id>/", areas.area, name="area"),
    path("areas/<int:area_id>/take-on/", areas.take_on, name="take-on-area"),
    path("areas/<int:area_id>/homes/<int:member_id>/", areas.called, name="called-area"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/add/", calendar.add, name="add-shift"),
    path("calendar/shifts/<int:shift_id>/remove/", calendar.remove, name="remove-shift"),
    path("calendar/shifts/<int:shift_id>/swap/", calendar.swap, name="swap"),
    path("calendar/swaps/<int:swap_id>/", calendar.answer_swap, name="answer-swap"),
    path("ladders/", ladders.ladders, name="ladders"),
    path("ladders/<int:ladder_id>/remove/", ladders.remove_ladder, name="remove-ladder"),
    path("figures/", figures.figures, name="figures"),
    path("shift/", figures.shift_summary, name="shift-summary"),
    path("reach/", reach.reach, name="reach"),
    path("reach/push/", reach.subscribe, name="subscribe"),
    path("reach/push/<int:subscription_id>/end/", reach.end_subscription, name="end-subscription"),
    path("reach/try/", reach.try_out, name="try-out"),
    path("push-worker.js", reach.push_worker, name="push-worker"),
    path("homes/", homes.homes, name="homes"),
    path("homes/enrol/", homes.enrol, name="enrol"),
    path("homes/<str:home_id>/", homes.home, name="home"),
    path("homes/<str:home_id>/plan/", set_plan, name="home-plan"),
    path("homes/<str:home_id>/say/", homes.say, name="say"),
    path("homes/<str:home_id>/code/", homes.another_code, name="another-code"),
    path("homes/<str:home_id>/keys/<int:key_id>/revoke/", homes.revoke_key, name="revoke-key"),
    path("homes/<str:home_id>/keys/<int:key_id>/rotate/", homes.rotate_key, name="rotate-key"),
    path("homes/<str:home_id>/keys/<int:key_id>/release/", homes.release_key, name="release-key"),
    path("live/", live.live, name="live"),
    path(
        "login/",
        LoginView.as_view(template_name="dashboard/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", login_not_required(set_language), name="language"),
]
