// Creates revenues with an INSERT statement for each, 25 in a call.

import { BatchExecuteStatementCommand } from "@aws-sdk/client-dynamodb";
import { serveBatches } from "./revenues.mjs";
import { dynamodb, table } from "./runtime.mjs";

const STATEMENTS_PER_CALL_MAX = 25;

function statement(item) {
  const names = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${table}" VALUE {${names.join(", ")}}`, Parameters: Object.values(item) };
}

async function insert(items) {
  const { Responses } = await dynamodb.send(new BatchExecuteStatementCommand({ Statements: items.map(statement) }));
  return Responses.map(({ Error: error }) => {
    if (error && error.Code !== "DuplicateItem") throw new Error(`${error.Code}: ${error.Message}`);
    return !error;
  });
}

await serveBatches(async (items) => {
  const calls = [];
  for (let start = 0; start < items.length; start += STATEMENTS_PER_CALL_MAX)
    calls.push(insert(items.slice(start, start + STATEMENTS_PER_CALL_MAX)));
  return (await Promise.all(calls)).flat();
});
