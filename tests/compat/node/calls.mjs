// Makes the calls that its argument lists with the released @segment/analytics-node, and prints what the SDK told its caller.
import { Analytics } from "@segment/analytics-node";

const { host, writeKey, calls, options } = JSON.parse(process.argv[2]);
const errors = [];
const analytics = new Analytics({ writeKey, host, flushInterval: 100, ...options });
analytics.on("error", (error) => errors.push({ code: error.code, reason: String(error.reason?.message ?? error.reason) }));
for (const { type, fill, ...call } of calls) {
  analytics[type](fill ? { ...call, properties: { text: "x".repeat(fill) } } : call);
}
await analytics.closeAndFlush({ timeout: 20000 });
process.stdout.write(JSON.stringify(errors));
