// Verifies deliveries as a receiver would who took the library and wrote nothing: one JSON object a line in, "ok" or what is wrong a line out.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log("ok");
  } catch (fault) {
    console.log(fault.message);
  }
}
