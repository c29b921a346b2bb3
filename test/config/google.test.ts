import { expect, test } from "vitest";
import { readConfig } from "../../src/config/read-config.ts";
import { faultsOf, needed } from "./environment.ts";

const least = { GOOGLE_CLIENT_ID: "an id", GOOGLE_CLIENT_SECRET: "a secret" };
const calendar = "https://www.googleapis.com/auth/calendar";

test("with a client Google has its defaults, and without any of its variables it is off", () => {
  expect(readConfig(needed).google).toBeNull();
  expect(readConfig({ ...needed, ...least }).google).toEqual({
    clientId: "an id",
    clientSecret: "a secret",
    issuer: "https://accounts.google.com",
    scopes: { asked: ["openid", "email", "profile"], required: [], optional: [] },
    hostedDomain: null,
    signIn: false,
  });
});

test("each of its variables is read, scopes by the short of their two names, and openid is always asked for", () => {
  const google = readConfig({
    ...needed,
    ...least,
    GOOGLE_SCOPES: `https://www.googleapis.com/auth/userinfo.email ${calendar}`,
    GOOGLE_REQUIRED_SCOPES: `${calendar},email`,
    GOOGLE_OPTIONAL_SCOPES: "https://www.googleapis.com/auth/drive.file",
    GOOGLE_HOSTED_DOMAIN: "Example.COM",
    GOOGLE_ISSUER: "http://127.0.0.1:4000/",
    GOOGLE_SIGN_IN: "true",
  }).google;
  expect(google).toMatchObject({
    issuer: "http://127.0.0.1:4000",
    scopes: {
      asked: ["openid", "email", calendar],
      required: [calendar, "email"],
      optional: ["https://www.googleapis.com/auth/drive.file"],
    },
    hostedDomain: "example.com",
    signIn: true,
  });
});

test.each([
  [{ GOOGLE_CLIENT_ID: "an id" }, /^GOOGLE_CLIENT_SECRET is missing/],
  [{ GOOGLE_SCOPES: "openid" }, /^GOOGLE_CLIENT_ID is missing/],
  [
    { ...least, GOOGLE_REQUIRED_SCOPES: calendar },
    /^GOOGLE_REQUIRED_SCOPES names .*calendar, which GOOGLE_SCOPES does not/,
  ],
  [
    { ...least, GOOGLE_OPTIONAL_SCOPES: "email" },
    /^GOOGLE_OPTIONAL_SCOPES names email, which GOOGLE_SCOPES asks for already/,
  ],
  [{ ...least, GOOGLE_SCOPES: 'a"b' }, /^GOOGLE_SCOPES holds "a"b", which is no scope/],
  [{ ...least, GOOGLE_HOSTED_DOMAIN: "example" }, /^GOOGLE_HOSTED_DOMAIN is "example"/],
  [{ ...least, GOOGLE_SIGN_IN: "yes" }, /^GOOGLE_SIGN_IN is "yes"/],
  [
    { ...least, GOOGLE_ISSUER: "http://accounts.example.com" },
    /^GOOGLE_ISSUER is http:\/\/ for a host that is not loopback/,
  ],
])("a fault names what is wrong: %j", (changes, sentence) => {
  expect(faultsOf(changes).find((fault) => sentence.test(fault))).toBeDefined();
});
