"""What people read about an incident. Korean that an eighty-year-old understands; no names, no quotes."""

from .incident import Kind, Words

FALL_SUSPECTED = Words(
    ko="넘어지신 것 같아 안부를 여쭙고 있습니다.",
    en="A fall is suspected; the robot is asking.",
)
FALL_CERTAIN = Words(ko="넘어짐이 분명하게 감지되었습니다.", en="A fall was noticed for certain.")
FALL_UNANSWERED = Words(
    ko="넘어짐이 감지되었고 안부 물음에 답이 없습니다.",
    en="A fall was noticed and the check-in was not answered.",
)
FALL_HELP = Words(
    ko="넘어짐이 감지되었고 도움이 필요하다고 답하셨습니다.",
    en="A fall was noticed and the resident asked for help.",
)
FALL_UNCLEAR = Words(
    ko="넘어짐이 감지되었고 대답을 알아듣지 못했습니다.",
    en="A fall was noticed and the answer could not be understood.",
)
SILENCE_SUSPECTED = Words(
    ko="평소와 달리 움직임이 없어 안부를 여쭙고 있습니다.",
    en="It is unusually quiet; the robot is asking.",
)
SILENCE_UNANSWERED = Words(
    ko="평소와 달리 움직임이 없고 안부 물음에 답이 없습니다.",
    en="It is unusually quiet and the check-in was not answered.",
)
SILENCE_HELP = Words(
    ko="안부를 여쭈었더니 도움이 필요하다고 답하셨습니다.",
    en="The resident was asked and needs help.",
)
SILENCE_UNCLEAR = Words(
    ko="안부를 여쭈었으나 대답을 알아듣지 못했습니다.",
    en="The resident was asked and the answer could not be understood.",
)
SOS = Words(ko="도움 단추를 누르셨습니다.", en="The SOS button was pressed.")
ACTION = Words(ko="집에서 도움을 요청했습니다.", en="Somebody in the home asked for help.")

HELP_CALLS = {
    "help": Words(ko="도와 달라고 외치셨습니다.", en="The resident called for help."),
    "fallen": Words(ko="넘어졌다고 말씀하셨습니다.", en="The resident said that they fell."),
    "pain": Words(ko="아프다고 말씀하셨습니다.", en="The resident said that they are in pain."),
    "fire": Words(ko="불이 났다고 외치셨습니다.", en="The resident called out that there is a fire."),
}
HAZARDS = {
    "smoke": Words(ko="연기가 감지되었습니다.", en="Smoke was detected."),
    "gas": Words(ko="가스가 새는 것 같습니다.", en="Gas was detected."),
    "carbon_monoxide": Words(ko="일산화탄소가 감지되었습니다.", en="Carbon monoxide was detected."),
    "moisture": Words(ko="물이 새는 것 같습니다.", en="A water leak was detected."),
    "heat": Words(ko="집 안이 지나치게 덥습니다.", en="It is too hot in the home."),
    "cold": Words(ko="집 안이 지나치게 춥습니다.", en="It is too cold in the home."),
    "heat_outside": Words(
        ko="바깥이 폭염경보 기준만큼 덥습니다.", en="It is as hot outside as a heat warning takes."
    ),
    "cold_outside": Words(
        ko="바깥이 한파경보 기준만큼 춥습니다.", en="It is as cold outside as a cold-wave warning takes."
    ),
    "door_open": Words(ko="현관문이 오래 열려 있습니다.", en="The front door has been open for long."),
    "stove": Words(
        ko="가스레인지나 전열기가 켜져 있는데 곁에 아무도 없습니다.",
        en="The stove is on and nobody is near it.",
    ),
}
ANOMALIES = {
    "long_bathroom_stay": Words(
        ko="욕실에 평소보다 아주 오래 계십니다.", en="In the bathroom for far longer than usual."
    ),
    "night_wandering": Words(
        ko="밤중에 평소보다 오래 집 안을 다니셨습니다.", en="Up and about in the night for longer than usual."
    ),
    "left_at_night": Words(
        ko="밤중에 나가신 뒤 돌아오지 않으셨습니다.", en="Went out at night and has not come back."
    ),
    "late_rising": Words(
        ko="평소 일어나시는 때가 많이 지났는데 움직임이 없습니다.", en="Not up long after the usual time."
    ),
    "missed_meals": Words(ko="끼니때 부엌을 쓰지 않으셨습니다.", en="No sign in the kitchen at mealtimes."),
    "short_sleep": Words(ko="간밤에 평소보다 적게 주무셨습니다.", en="Slept less than usual."),
    "scattered_sleep": Words(
        ko="요 며칠 밤에 자주 깨십니다.", en="Has been getting up often in the past nights."
    ),
    "toilet_visits_up": Words(
        ko="지난 한 주 화장실에 가시는 횟수가 늘었습니다.", en="More bathroom visits than usual this week."
    ),
    "slow_decline": Words(ko="지난 두 주 동안 활동이 줄었습니다.", en="Activity has fallen over two weeks."),
    "room_unused": Words(ko="여러 날 쓰지 않으신 방이 있습니다.", en="A room has not been used for days."),
}
ROBOT_SILENT = Words(ko="돌봄로봇의 연결이 끊겼습니다.", en="The care robot can't be reached.")
WEARABLE_SILENT = Words(ko="손목 밴드의 연결이 끊겼습니다.", en="The wearable can't be reached.")

KINDS = {
    Kind.FALL: Words(ko="넘어짐", en="Fall"),
    Kind.HELP_CALL: Words(ko="도움 요청", en="Call for help"),
    Kind.INACTIVITY: Words(ko="움직임 없음", en="Inactivity"),
    Kind.ANOMALY: Words(ko="평소와 다름", en="Out of the ordinary"),
    Kind.ENVIRONMENT: Words(ko="집 안 환경", en="Environment"),
    Kind.DEVICE: Words(ko="기기", en="Device"),
    Kind.NOTICE: Words(ko="알림", en="Notice"),
}


AFTER_QUESTION = {
    "help": Words(ko="도움이 필요하다고 답하셨습니다.", en="The resident asked for help."),
    "unclear": Words(ko="대답을 알아듣지 못했습니다.", en="The answer could not be understood."),
    "none": Words(ko="안부 물음에 답이 없습니다.", en="The check-in was not answered."),
}


def after_check_in(kind: Kind, asked_about: Words, intent: str) -> Words:
    """Why a check-in ended in an alert; `asked_about` is what the question was about."""
    if kind is Kind.FALL:
        return {"help": FALL_HELP, "unclear": FALL_UNCLEAR}.get(intent, FALL_UNANSWERED)
    if kind in {Kind.ANOMALY, Kind.ENVIRONMENT} and asked_about != SILENCE_SUSPECTED:
        after = AFTER_QUESTION[intent]
        return Words(f"{asked_about.ko} {after.ko}", f"{asked_about.en} {after.en}")
    return {"help": SILENCE_HELP, "unclear": SILENCE_UNCLEAR}.get(intent, SILENCE_UNANSWERED)
