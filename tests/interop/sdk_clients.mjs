// Official Node SDKs as an account of ours, and our callbacks verified by their standard's own library.
//
// Arguments: the server's host:port, and the port on loopback where the callback's receiver shall listen. The first check
// that fails ends the script. Packages: see interop_sdk; they are found through NODE_PATH.
import { createRequire } from "node:module";
import http from "node:http";

const [, , base, port] = process.argv;
const require = createRequire(process.env.NODE_PATH + "/");
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const sleep = ms => new Promise(done => setTimeout(done, ms));
function check(what, holds, found) {
  if (!holds) { console.error(what, found); process.exit(1); }
  console.log(JSON.stringify({ checked: what }));
}
async function eventually(what, look) {
  for (let i = 0; i < 200; i++) { const found = await look(); if (found) return found; await sleep(100); }
  console.error("waited in vain:", what); process.exit(1);
}

const { Webhook } = require("standardwebhooks");
const got = [];
const receiver = http.createServer((request, response) => {
  let body = "";
  request.on("data", piece => { body += piece; });
  request.on("end", () => { got.push(new Webhook(secret).verify(body, request.headers)); response.writeHead(204).end(); });
}).listen(Number(port), "127.0.0.1");

// Alibaba
const dysms = require("@alicloud/dysmsapi20170525");
const openapi = require("@alicloud/openapi-client");
const ali = (key = "testSecret") => new dysms.default(new openapi.Config({ accessKeyId: "testAK", accessKeySecret: key, endpoint: base, protocol: "http" }));
const wish = { phoneNumbers: "13800000001", signName: "测试银行", templateCode: "SMS_CODE", templateParam: '{"code":"12","minutes":"5"}' };
const sent = (await ali().sendSms(new dysms.SendSmsRequest(wish))).body;
check("alibaba: taken", sent.code === "OK", sent);
const missing = (await ali().sendSms(new dysms.SendSmsRequest({ ...wish, templateParam: "{}" }))).body;
check("alibaba: a missing value", missing.code === "isv.TEMPLATE_MISSING_PARAMETERS", missing);
const batch = (await ali().sendBatchSms(new dysms.SendBatchSmsRequest({ phoneNumberJson: '["13800000001","13800000005"]', signNameJson: '["测试银行","银行"]', templateCode: "SMS_CODE", templateParamJson: '[{"code":"1","minutes":"2"},{"code":"3","minutes":"4"}]' }))).body;
check("alibaba: a batch", batch.code === "OK", batch);
try { await ali("wrong").sendSms(new dysms.SendSmsRequest(wish)); check("alibaba: a wrong secret", false); }
catch (error) { check("alibaba: a wrong secret", String(error.code).includes("SignatureDoesNotMatch"), error); }

// Tencent
const { sms } = require("tencentcloud-sdk-nodejs-sms");
const tencent = (key = "testSecret") => new sms.v20210111.Client({ credential: { secretId: "testAK", secretKey: key }, region: "ap-guangzhou", profile: { httpProfile: { endpoint: base, protocol: "http://" } } });
const text = { PhoneNumberSet: ["+8613800000002"], SmsSdkAppId: "1400000000", SignName: "测试银行", TemplateId: "449739", TemplateParamSet: ["1234", "5"], SessionContext: "ctx" };
const set = (await tencent().SendSms(text)).SendStatusSet;
check("tencent: taken", set.length === 1 && set[0].Code === "Ok" && set[0].Fee === 1, set);
try { await tencent("wrong").SendSms(text); check("tencent: a wrong secret", false); }
catch (error) { check("tencent: a wrong secret", error.code === "AuthFailure.SignatureFailure", error); }

// Twilio
const twilio = require("twilio");
class Local extends twilio.RequestClient {
  request(options) { const url = new URL(options.uri); return super.request({ ...options, uri: `http://${base}${url.pathname}${url.search}` }); }
}
const client = token => twilio("AC" + "0".repeat(32), token, { httpClient: new Local() });
const one = await client("testSecret").messages.create({ to: "+8613800000003", from: "+15005550006", body: "您好" });
check("twilio: queued", one.status === "queued" && one.numSegments === "1", one);
await eventually("twilio: delivered", async () => (await client("testSecret").messages(one.sid).fetch()).status === "delivered");
const listed = await client("testSecret").messages.list({ to: "+8613800000003", limit: 5 });
check("twilio: listed", listed.length === 1 && listed[0].sid === one.sid, listed);
try { await client("wrong").messages(one.sid).fetch(); check("twilio: a wrong token", false); }
catch (error) { check("twilio: a wrong token", error.status === 401 && error.code === 20003, error); }

// Our own API with a callback
const answer = await fetch(`http://${base}/v1/messages`, { method: "POST", headers: { Authorization: "Bearer web-token", "Content-Type": "application/json" }, body: JSON.stringify({ to: "13800000004", text: "您好", reference: "r-1" }) });
check("api: taken", answer.status === 202, answer.status);
const told = await eventually("a callback", () => got[0]);
check("callback: verified", told.type === "message.delivered" && told.data.reference === "r-1", told);
receiver.close();
console.log(JSON.stringify({ passed: true }));
process.exit(0);
