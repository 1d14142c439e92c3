"""How people are reached: web push, e-mail, an SMS or voice gateway, an alarm receiving centre."""
