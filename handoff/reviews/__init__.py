"""The joint review: opened on a cadence, walked through by both sides, closed with minutes.

    cadences    cadences_of, overdue, overdue_of, set_cadence
    opening     open_review, open_one
    taking_part join: who is there, and for which side they speak
    marking     mark, said: what each side says of a rejected lead
    deciding    decide, say, hand_on, done, undone, open_decisions, overdue_decisions
    effects     begin_effect, begun, address_of, counts_since; NEEDS: who may begin which
    changes     changes_since: what the others did meanwhile
    closing     close, discard; `minutes` says what the document holds, `items_of` reads an agenda
    measured    measure: acceptance before and after a decision counted
    led_to      decisions_behind a version

Who may do what is asked by the caller: reading VIEW_REPORTS, everything else HOLD_REVIEWS. Every
write raises SomeoneWasFaster once the review is closed, but for what goes on with its decisions.
"""
