// What every function here needs: it checks the keys of requests, and answers the events of the Runtime API.

import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import { BatchGetItemCommand, DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";

export const table = process.env.ALLOCORA_TABLE;
export const dynamodb = new DynamoDBClient({});
const keys = new Map();

export async function get(PK, SK) {
  const RequestItems = { [table]: { Keys: [{ PK: { S: PK }, SK: { S: SK } }], ConsistentRead: true } };
  const { Responses } = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  return Responses[table][0];
}

// Checks the key of a request, and remembers it. Returns the id of its workspace.
export async function authenticate(event) {
  const [, , id, secret] = event.headers.authorization.slice("Bearer ".length).split("_");
  let key = keys.get(id);
  if (!key) {
    key = await get(`K#${id}`, "K");
    await dynamodb.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "PK = :p",
        ExpressionAttributeValues: { ":p": { S: `W#${key.workspace_id.S}` } },
      }),
    );
    keys.set(id, key);
  }
  const hash = createHash("sha256").update(secret.slice(0, 64)).digest();
  if (!timingSafeEqual(hash, Buffer.from(key.secret_hash.S, "hex"))) throw new Error("wrong key");
  return key.workspace_id.S;
}

export function answer(body, statusCode = 200) {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host, port, method, path: `/2018-06-01/runtime/${path}` }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve([response.headers["lambda-runtime-aws-request-id"], text]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

export async function serve(handle) {
  // Opens the connection before the first request.
  await get("NOTHING", "NOTHING");
  for (;;) {
    const [id, event] = await call("GET", "invocation/next");
    await call("POST", `invocation/${id}/response`, JSON.stringify(await handle(JSON.parse(event))));
  }
}
