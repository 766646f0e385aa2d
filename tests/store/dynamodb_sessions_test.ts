import { createOutsideSubject, OUTSIDE_URL, startDynamoDbSubject } from "./dynamodb_subject.ts";
import { describeSessionStore } from "./session_store_contract.ts";

for (const projection of ["narrow", "all"] as const) {
  describeSessionStore(`DynamoDB (${projection})`, {
    setup: () => startDynamoDbSubject({ projection }),
    histories: 30,
  });
}

const outside = OUTSIDE_URL;
if (outside !== null) {
  describeSessionStore(`DynamoDB at ${outside}`, {
    setup: () => createOutsideSubject(outside),
    histories: 10,
  });
}
