"""Every number that decides about a person, with where it comes from.

`tuned` means: chosen on recorded homes, and only where the figures of all of them together, each measured
on days that came after those it had learned from, hardly moved around it (docs/routine.md tells how).
"""

from typing import Final

# -- silence (hazard.py)
LONG_SILENCE_MIN: Final = 10.0  # shorter pauses between signs say nothing; they are not even learned
FORGET_HALF_LIFE_DAYS: Final = 60.0  # a season: what was learned counts half after two months
PRIOR_DAY: Final = 1.3  # slope of the power law of silences by day, before the home is known; tuned
PRIOR_NIGHT: Final = 0.5  # and by night
WEIGHT_LENGTH: Final = 6.0  # ended silences' worth of trust in the general prior; tuned
WEIGHT_HOUR: Final = 4.0  # in the same length at all hours; tuned
WEIGHT_PLACE: Final = 3.0  # in the whole home, for a place, and in a place, for what was touched there; tuned
WEIGHT_PLACE_HOUR: Final = 4.0  # in all hours, for one hour of a place; tuned
BUSY_WITHIN_MIN: Final = (
    30  # somebody with signs in more than BUSY_ABOVE of the last 30 minutes was up and about;
)
BUSY_ABOVE: Final = 12  # their silences end sooner than those of somebody at rest; tuned
EVENING_MIN: Final = 18 * 60.0  # what begins in the evening ends as the next day does
STAYS_PRIOR_MIN: Final = 20.0  # minutes up and about for each long silence, before the home is known
STAYS_TRUST: Final = 0.5
STAYS_MOST_MIN: Final = 7 * 24 * 60.0

# -- what a question may cost (price.py, budget.py)
NIGHT_FROM_MIN: Final = 22 * 60.0  # a question between these hours wakes somebody
NIGHT_TO_MIN: Final = 7 * 60.0
NIGHT_COST: Final = 3.2  # how much dearer a question by night is; tuned to at most one in two weeks
HARM: Final = (
    1.5  # the harm of lying helpless grows faster than its length (Wild et al., BMJ 282, 1981: half of
)
# those who had lain for over an hour died within six months): tuned
# What waits longer waits for the morning as a rule; its questions shorten more of what is shorter
# (docs/decisions/0514): tuned
HARM_FULL_H: Final = 6.0  # where the family allows two questions a week
HARM_FULL_POWER: Final = 1 / 3  # delays grow so as questions become fewer, in five recorded homes
NIGHT_RAMP_MIN: Final = 60.0  # the price rises from an hour before night to an hour after its beginning
SCORE_CEILING: Final = 9.0
BUDGET_A_WEEK: Final = 2.0  # questions for nothing that the family allows, where it has set nothing else
BUDGET_SPENT: Final = 0.82  # share of the budget that is planned for; the rest is for what nobody foresees
LEAN_A_QUESTION: Final = 0.12  # log10 by which a question makes the next dearer
LEAN_MOST: Final = 0.4
NIGHT_SHARE: Final = 0.2  # of the budget, for questions by night ("almost never")
NIGHT_LEAN_A_QUESTION: Final = 0.12
NIGHT_LEAN_LEAST: Final = -0.2
NIGHT_LEAN_MOST: Final = 0.6
# log10: in the first days of a home each question beyond the budget makes the next dearer; tuned to at most
# 5 questions a week while learning
DEARER_WHILE_LEARNING: Final = 0.3
LEARNING_DAYS: Final = 7.0
OUT_WEIGHT: Final = 0.5  # a question into a home where most likely nobody is disturbs less
BUDGET_HALF_LIFE_DAYS: Final = 30.0
BUDGET_HALF_LIFE_LEAST_DAYS: Final = 5.0  # and never longer than the days known
TRUST_IN_MODEL: Final = 3.0  # questions' worth of trust in what the model expected; tuned
FIRST_PRICE: Final = 1.85  # log10 of the price before the home is known; tuned
FIRST_PRICE_DAYS: Final = 14.0  # days' worth of trust in it: a fortnight's few questions tell little; tuned
FIRST_PRICE_HALF_LIFE_DAYS: Final = 30.0
FIRST_PRICE_SLOPE: Final = 0.8  # log10 by which ten times the questions are cheaper, in five recorded homes
LEAST_A_WEEK: Final = 0.1

# -- whatever was learned
LONGEST_SILENCE_HOME_MIN: Final = 15 * 60.0  # nobody is silent at home for longer unasked
LONGEST_SILENCE_OUT_MIN: Final = 20 * 60.0  # nor thought to be out for longer unasked
LONGEST_SILENCE_MIN: Final = 23.5 * 60.0  # then a person must look, out or not: nobody lies for a day
REST_AFTER_ANSWER_MIN: Final = 90.0  # between an answered question and the next
DEARER_AFTER_ANSWER: Final = 0.5  # log10: whoever has just said that all is well is not asked again lightly

# -- unanswered questions (asking.py)
TIMES_BY_DAY: Final = 3  # awake, at home and thrice without answer: 0.05³ where 95 in 100 answer a question
TIMES_BY_NIGHT: Final = 4  # 0.25⁴ where 75 in 100 do
AGAIN_BY_DAY_MIN: Final = 3.0
AGAIN_BY_NIGHT_MIN: Final = 5.0
LIKELY_OUT_BELOW: Final = 0.3  # chance of being at home below which an unanswered question means little
NO_DOOR_HOLD_MIN: Final = 180.0  # where no exterior door is watched they may be out: wait, and ask again

# -- the exterior door (whereabouts.py)
AT_DOOR_MIN: Final = 1.0  # signs so soon after the door's are part of leaving or coming
AT_DOOR_ROOM_MIN: Final = 3.0  # the same for signs in the door's own room
GONE_AFTER_MIN: Final = 5.0  # so long a silence behind the door is an absence, not a look outside
TWO_ROOMS_WITHIN_MIN: Final = 10.0  # two rooms' signs so soon after each other are a person's
AT_HOME_BEHIND_DOOR: Final = (0.5, 9.5)  # at home : out, before this home's own door is known
AT_HOME_BEHIND_OPEN_DOOR: Final = (2.0, 2.0)
AT_HOME_BEHIND_DOOR_AT_NIGHT: Final = (1.0, 5.0)  # few go out then
AT_HOME_LEAST: Final = 0.02  # never quite sure that they are out
AT_HOME_WHERE_DOUBTED: Final = (1.0, 3.0)  # at home : out, before it is known what else moves a sensor

# -- sensors (health.py)
REGULAR_SIGNS: Final = 20  # so many signs at even distances are a machine's: in five recorded homes no
REGULAR_VARIATION: Final = 0.1  # sensor moved by a person came below 0.1 (standard deviation over mean)
REGULAR_APART_MIN: Final = (
    1 / 6
)  # where the signs were further apart than a motion sensor's own rhythm of seconds
REGULAR_APART_MOST_MIN: Final = 6 * 60.0  # what comes once a day at its hour is a habit, no compressor
ALONE_MIN: Final = 240.0  # one sensor alone in the home for so long, and longer than it ever was before
ALONE_RESTING_MIN: Final = 600.0  # where people sleep a sensor is alone all night
ALONE_TIMES: Final = 1.3
ALONE_PAUSE_MIN: Final = 90.0  # a longer pause is a silence, judged as one
STUCK_ON_MIN: Final = 60.0  # a motion sensor that stays on so long says nothing more
STUCK_RESTED_MIN: Final = 20 * 60.0
MISSED_AFTER_HOURS: Final = (
    30.0  # hours with signs elsewhere (two or three days), and three times the longest pause
)
MISSED_TIMES: Final = 3.0
BLIND_BELOW: Final = 0.15  # share of what the home showed before; below it silence says nothing
BLURRED_BELOW: Final = 0.85  # below it nobody is asked about a long stay in a room, or about rising late
BLIND_CALL_MIN: Final = 15.0  # nobody called the core for so long: it was not watching

# -- sensors that were carried to another room (placing.py); in five recorded homes none is blamed
TOGETHER_MIN: Final = 1.0  # within a minute: one person goes from one to the other
BLOCK_DAYS: Final = 3  # and so many signs
BLOCK_DAYS_MOST: Final = 14
BLOCK_SIGNS: Final = 40.0
BLOCKS_TO_KNOW: Final = 3
BLOCKS_FADE: Final = 0.9
COMPANY_CHANGED: Final = 0.35  # share of signs in other company
COMPANY_TIMES: Final = 1.5  # and so many times the furthest that a block ever lay from those before
HOURS_CHANGED: Final = 0.12
HOURS_TIMES: Final = 1.0
ROOM_NAMED: Final = 0.3  # of its signs, more than before, within a minute of one other room's

# -- somebody else is there (company.py); of five recorded homes whose residents live alone one is marked,
# for an hour a week
CROSSED_WITHIN_MIN: Final = 2.0  # a change of room so soon says that one may not have walked
COMPANY_WINDOW_HOURS: Final = 3
COMPANY_RARE: Final = 0.005  # share of such windows that are beyond what is usual
COMPANY_MARGIN: Final = 1.25
COMPANY_LEAST: Final = 6.0  # sum of -log10 of how usual each change is
COMPANY_LEARNED: Final = 0.02  # of a window with company
STAYS_BEFORE_HOUR: Final = 9  # company before and after these hours on neighbouring days stays overnight
STAYS_FROM_HOUR: Final = 17
STAYS_DAYS: Final = 3
ALONE_LEAST: Final = 0.5  # a day counts that shows so much of it without company
ALONE_DAYS_LEAST: Final = 4  # of a week

# -- days and anomalies (daybook.py, anomalies.py)
DAYS_KEPT: Final = 400
DAYS_TO_KNOW: Final = 10  # days before a habit is known
HABIT_DAYS: Final = 28
UP_SIGN_MINUTES: Final = 3  # minutes with signs within half an hour: up, not turning over
UP_EARLIEST_MIN: Final = 4 * 60.0
SLEEP_PIECE_MIN: Final = 20.0  # silences that may be sleep
SLEEP_FROM_MIN: Final = 20 * 60.0
DEEP_NIGHT_FROM_MIN: Final = 23 * 60.0
DEEP_NIGHT_TO_MIN: Final = 5 * 60.0
# Mealtimes in minutes of the day; wide, since households differ.
MEALS: Final = {"breakfast": (300.0, 600.0), "lunch": (630.0, 870.0), "dinner": (990.0, 1230.0)}
FAR_OUT: Final = 3.5  # robust deviations beyond which a value is an outlier (Iglewicz and Hoaglin, 1993)
LATE_AT_LEAST_MIN: Final = 60.0
LATE_FAR_OUT: Final = 4.5  # rising times have a long tail of lazy mornings
SLEEP_LESS_AT_LEAST_MIN: Final = 90.0
SLEEP_LESS_IN_A_WEEK_MIN: Final = 75.0
SLEEP_PIECES_MORE: Final = 2.0
SCATTERED_FAR_OUT: Final = 2.5
WANDERING_AT_LEAST: Final = 15.0  # minutes with signs outside bedroom and bathroom in a night so far
LEFT_AT_NIGHT: Final = 1.2  # -log10 of how usual it is: about once in two weeks
STAY_AT_LEAST_MIN: Final = 25.0
STAY_PRIOR: Final = (8.0, 0.8)  # median minutes and log spread of a stay in the bathroom, before it is known
STAY_PRIOR_WEIGHT: Final = 10.0
STAY_RARE: Final = 2.7  # -log10: one stay in five hundred
STAYS_TO_KNOW: Final = 50  # then no stay is rarer than those that were seen say
STAYS_KEPT: Final = 5  # longest ones
MEALS_MISSED: Final = 2.0  # -log10 of the chance of the meals missed in a row
TOILET_UP: Final = 1.2  # times the usual, beside FAR_OUT
DECLINE_WEEKS: Final = 26
DECLINE_WEEKS_BEFORE: Final = 4  # weeks on either side of the change, at least
DECLINE_WEEKS_SINCE: Final = 2
DECLINE_SHARE: Final = 0.15  # and still less active than before by so much, beside FAR_OUT
DECLINE_HOURS_LEAST: Final = 6.0  # at home and watched, or the day says nothing
WEEKS_DIFFER: Final = 0.08  # weeks' log activity, before a home's own weeks are known: about a twelfth
WEEKS_DIFFER_TRUST: Final = 4.0  # weeks' worth of trust in it
DAYS_HANG_TOGETHER: Final = 1.5  # neighbouring days are alike: deviations of their mean are wider by this
ROOM_UNUSED: Final = 3.0  # -log10 of the chance of so many days without the room
ROOM_UNUSED_DAYS: Final = 3
