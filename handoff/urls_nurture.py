"""Nurture and tasks, below /w/<workspace>/."""

from django.urls import path

from handoff.views import nurture, tasks

urlpatterns = [
    path("leads/<int:pk>/nurture/", nurture.lead_nurture, name="lead_nurture"),
    path("leads/<int:pk>/nurture/track/", nurture.change_nurture, name="change_nurture"),
    path("leads/<int:pk>/replied/", nurture.lead_replied, name="lead_replied"),
    path("leads/<int:pk>/tasks/", tasks.lead_tasks, name="lead_tasks"),
    path("queue/tasks/", tasks.my_tasks, name="my_tasks"),
    path("queue/everyone/tasks/", tasks.nobodys_tasks, name="nobodys_tasks"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task_done"),
    path("tasks/<int:pk>/undo/", tasks.task_not_done, name="task_not_done"),
]
