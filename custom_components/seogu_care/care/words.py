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
}
ROBOT_SILENT = Words(ko="돌봄로봇의 연결이 끊겼습니다.", en="The care robot can't be reached.")
WEARABLE_SILENT = Words(ko="손목 밴드의 연결이 끊겼습니다.", en="The wearable can't be reached.")
BATTERY_LOW = Words(ko="손목 밴드의 배터리가 부족합니다.", en="The wearable's battery is low.")

KINDS = {
    Kind.FALL: Words(ko="넘어짐", en="Fall"),
    Kind.HELP_CALL: Words(ko="도움 요청", en="Call for help"),
    Kind.INACTIVITY: Words(ko="움직임 없음", en="Inactivity"),
    Kind.ANOMALY: Words(ko="평소와 다름", en="Out of the ordinary"),
    Kind.ENVIRONMENT: Words(ko="집 안 환경", en="Environment"),
    Kind.DEVICE: Words(ko="기기", en="Device"),
    Kind.NOTICE: Words(ko="알림", en="Notice"),
}


def after_check_in(kind: Kind, intent: str) -> Words:
    """Why a check-in of a fall or of a silence ended in an alert."""
    if kind is Kind.FALL:
        return {"help": FALL_HELP, "unclear": FALL_UNCLEAR}.get(intent, FALL_UNANSWERED)
    return {"help": SILENCE_HELP, "unclear": SILENCE_UNCLEAR}.get(intent, SILENCE_UNANSWERED)
