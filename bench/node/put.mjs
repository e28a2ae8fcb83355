// Creates revenues with one conditional PutItem for each.

import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { serveBatches } from "./revenues.mjs";
import { dynamodb, table } from "./runtime.mjs";

async function put(Item) {
  try {
    await dynamodb.send(
      new PutItemCommand({ TableName: table, Item, ConditionExpression: "attribute_not_exists(PK)" }),
    );
    return true;
  } catch (error) {
    if (error.name === "ConditionalCheckFailedException") return false;
    throw error;
  }
}

await serveBatches((items) => Promise.all(items.map(put)));
