// Reads one payee as the function `payees` does: the same DynamoDB calls at the same times, and nothing else.

import { answer, authenticate, get, serve } from "./runtime.mjs";

await serve(async (event) => {
  const workspace = await authenticate(event);
  const payee = await get(`W#${workspace}#PAYEE`, `E#${event.rawPath.split("/").pop()}`);
  return answer({ data: { id: payee.id.S, name: payee.name.S, version: Number(payee.version.N) } });
});
