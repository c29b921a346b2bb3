import { expect, test } from "vitest";
import { newPass } from "../../../src/actions/sign-in/secrets.ts";

test("a pass has one underscore, after its prefix: gh prints a token as far as the last one", () => {
  for (let count = 0; count < 200; count++) expect(newPass()).toMatch(/^obp_[A-Za-z0-9-]{43}$/);
});
