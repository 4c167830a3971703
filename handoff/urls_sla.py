"""The SLA board, below /w/<workspace>/sla/."""

from django.urls import path

from handoff.views import sla_board

urlpatterns = [
    path("", sla_board.running, name="sla_board"),
    path("rows/", sla_board.running_rows, name="sla_board_rows"),
    path("export.csv", sla_board.export_running, name="export_running_clocks"),
    path("missed/", sla_board.missed, name="sla_misses"),
    path("missed/export.csv", sla_board.export_missed, name="export_misses"),
    path("missed/acknowledge/", sla_board.acknowledge, name="acknowledge_misses"),
    path("clocks/<int:pk>/take-back/", sla_board.take_back, name="take_back_acknowledgement"),
    path("clocks/<int:pk>/try-again/", sla_board.try_again, name="try_clock_again"),
]
