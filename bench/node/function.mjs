// Reads one payee as the function `payees` does: the same DynamoDB calls at the same times, and nothing else.

import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import { BatchGetItemCommand, DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";

const table = process.env.ALLOCORA_TABLE;
const dynamodb = new DynamoDBClient({});
const keys = new Map();

async function get(PK, SK) {
  const RequestItems = { [table]: { Keys: [{ PK: { S: PK }, SK: { S: SK } }], ConsistentRead: true } };
  const { Responses } = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  return Responses[table][0];
}

// Checks the key, and remembers it.
async function authenticate(token) {
  const [, , id, secret] = token.split("_");
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

async function handle(event) {
  const workspace = await authenticate(event.headers.authorization.slice("Bearer ".length));
  const payee = await get(`W#${workspace}#PAYEE`, `E#${event.rawPath.split("/").pop()}`);
  const data = { id: payee.id.S, name: payee.name.S, version: Number(payee.version.N) };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ data }) };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host, port, method, path: `/2018-06-01/runtime/${path}` }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve([response.headers["lambda-runtime-aws-request-id"], text]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

// Opens the connection before the first request.
await get("NOTHING", "NOTHING");
for (;;) {
  const [id, event] = await call("GET", "invocation/next");
  await call("POST", `invocation/${id}/response`, JSON.stringify(await handle(JSON.parse(event))));
}
