"""Who hears of an alert, in which order and when: ladders, the on-call calendar, a receipt for each rung."""
