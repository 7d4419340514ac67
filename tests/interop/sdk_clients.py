"""Official Python SDKs as an account of ours: what the shared script does not ask, and the callbacks that we send.

Arguments: the server's host:port, and the port on loopback where the callback's receiver shall listen. Every check ends
the script when it fails. Packages: see interop_sdk. The webhook is verified by its standard's own library.
"""
import datetime, http.server, json, sys, threading, time

BASE, PORT = sys.argv[1], int(sys.argv[2])
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def check(what, holds, found=None):
    if not holds:
        sys.exit(f"{what}: {found!r}")
    print(json.dumps({"checked": what}), flush=True)


def eventually(what, look):
    for _ in range(200):
        found = look()
        if found:
            return found
        time.sleep(0.1)
    sys.exit(f"waited in vain: {what}")


# --- the callback's receiver
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

got = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        got.append(Webhook(SECRET).verify(body, dict(self.headers)))
        try:
            Webhook(SECRET).verify(body + b" ", dict(self.headers))
            got.append("a changed body was believed")
        except WebhookVerificationError:
            pass
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

# --- Alibaba
from alibabacloud_dysmsapi20170525 import models as am
from alibabacloud_dysmsapi20170525.client import Client as Ali
from alibabacloud_tea_openapi import models as om


def ali(secret="testSecret", **more):
    return Ali(om.Config(access_key_id="testAK", access_key_secret=secret, endpoint=BASE, protocol="http", **more))


def send(client, number, **more):
    wish = dict(phone_numbers=number, sign_name="测试银行", template_code="SMS_CODE", template_param='{"code":"12","minutes":"5"}')
    return client.send_sms(am.SendSmsRequest(**{**wish, **more})).body


sent = send(ali(), "13800000001", out_id="o-1")
check("alibaba: taken", sent.code == "OK", sent.code)
beijing = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
ask = am.QuerySendDetailsRequest(phone_number="13800000001", send_date=beijing.strftime("%Y%m%d"), page_size=10, current_page=1)


def delivered():
    page = ali().query_send_details(ask).body
    rows = page.sms_send_detail_dtos.sms_send_detail_dto
    return [row for row in rows if row.send_status == 3]


row = eventually("alibaba: a delivered message", delivered)[0]
check("alibaba: details", (row.out_id, row.phone_num, "12" in row.content) == ("o-1", "13800000001", True), row.to_map())
missing = send(ali(), "13800000001", template_param="{}")
check("alibaba: a missing value", missing.code == "isv.TEMPLATE_MISSING_PARAMETERS", missing.code)
unknown = send(ali(), "13800000001", template_code="SMS_0")
check("alibaba: an unknown template", unknown.code == "isv.SMS_TEMPLATE_ILLEGAL", unknown.code)
sign = send(ali(), "13800000001", sign_name="别家")
check("alibaba: a foreign signature", sign.code == "isv.SMS_SIGNATURE_ILLEGAL", sign.code)
number = send(ali(), "12")
check("alibaba: no number", number.code == "isv.MOBILE_NUMBER_ILLEGAL", number.code)
for algorithm in (None, "v2"):
    try:
        send(ali("wrong", **({"signature_algorithm": algorithm} if algorithm else {})), "13800000001")
        sys.exit("alibaba: a wrong secret was believed")
    except Exception as error:
        check("alibaba: a wrong secret", "SignatureDoesNotMatch" in str(error), error)

# --- Tencent
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tm, sms_client


def tencent(secret="testSecret"):
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=BASE))
    return sms_client.SmsClient(credential.Credential("testAK", secret), "ap-guangzhou", profile)


def asked(kind, **fields):
    request = kind()
    request.from_json_string(json.dumps(fields))
    return request


wish = dict(PhoneNumberSet=["+8613800000002", "+12"], SmsSdkAppId="1400000000", SignName="测试银行", TemplateId="449739",
            TemplateParamSet=["1234", "5"], SessionContext="ctx")
both = tencent().SendSms(asked(tm.SendSmsRequest, **wish)).SendStatusSet
codes = [one.Code for one in both]
check("tencent: number by number", codes == ["Ok", "InvalidParameterValue.IncorrectPhoneNumber"], codes)
short = tencent().SendSms(asked(tm.SendSmsRequest, **{**wish, "TemplateParamSet": ["1234"]})).SendStatusSet[0].Code
check("tencent: a missing value", short == "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", short)
done = tencent().ReportConversion(asked(tm.ReportConversionRequest, SmsSdkAppId="1400000000", SerialNo=both[0].SerialNo,
                                        ConversionTime=int(time.time())))
check("tencent: a conversion", done.ReportConversionStatus.Code == "Ok", done.to_json_string())
for what, client, fields, code in [
    ("a wrong secret", tencent("wrong"), wish, "AuthFailure.SignatureFailure"),
    ("another application", tencent(), {**wish, "SmsSdkAppId": "1"}, "UnauthorizedOperation.RequestPermissionDeny"),
]:
    try:
        client.SendSms(asked(tm.SendSmsRequest, **fields))
        sys.exit(f"tencent: {what} was accepted")
    except TencentCloudSDKException as error:
        check(f"tencent: {what}", error.code == code, error.code)

# --- Twilio
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib.parse import urlsplit


class Local(TwilioHttpClient):
    def request(self, method, url, *rest, **more):
        parts = urlsplit(url)
        return super().request(method, f"http://{BASE}{parts.path}" + (f"?{parts.query}" if parts.query else ""), *rest, **more)


def twilio(token="testSecret"):
    return Client("AC" + "0" * 32, token, http_client=Local())


t = twilio()
one = t.messages.create(to="+8613800000003", from_="+15005550006", body="您好")
eventually("twilio: delivered", lambda: t.messages(one.sid).fetch().status == "delivered")
check("twilio: from", t.messages(one.sid).fetch().from_ == "+15005550006")
later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
held = t.messages.create(to="+8613800000003", messaging_service_sid="MG" + "0" * 32, body="明天见", schedule_type="fixed", send_at=later)
check("twilio: scheduled", held.status == "scheduled", held.status)
check("twilio: cancelled", t.messages(held.sid).update(status="canceled").status == "canceled")
check("twilio: redacted", t.messages(one.sid).update(body="").body == "")
listed = [message.sid for message in t.messages.list(to="+8613800000003", page_size=1)]
check("twilio: listed page by page", listed == [held.sid, one.sid], listed)
check("twilio: deleted", t.messages(one.sid).delete() is True)
for what, call, code in [
    ("what was deleted", lambda: t.messages(one.sid).fetch(), 20404),
    ("a wrong token", lambda: twilio("wrong").messages(held.sid).fetch(), 20003),
    ("no number", lambda: t.messages.create(to="+12", from_="+15005550006", body="x"), 21211),
]:
    try:
        call()
        sys.exit(f"twilio: {what} was accepted")
    except TwilioRestException as error:
        check(f"twilio: {what}", error.code == code, (error.status, error.code))

# --- our own API with a callback, verified by the standard's own library
import urllib.request

call = urllib.request.Request(f"http://{BASE}/v1/messages", json.dumps({"to": "13800000004", "text": "您好", "reference": "r-1"}).encode(),
                              {"Authorization": "Bearer web-token", "Content-Type": "application/json"})
check("api: taken", json.load(urllib.request.urlopen(call))["messages"][0]["status"] == "accepted")
told = eventually("a callback", lambda: got)[0]
check("callback: verified", (told["type"], told["data"]["reference"]) == ("message.delivered", "r-1"), told)
check("callback: nothing else", len(got) == 1, got)
print(json.dumps({"passed": True}))
