import type { Field } from "../../views/docs/fields.ts";
import type { SchemaPart } from "./document-parts.ts";

/** Of what is sent, it is worth saying what must be there; of what is answered, what may be missing. */
type Side = "sent" | "answered";

/** An object's fields, for the page. */
export function fieldsOf(schema: SchemaPart, side: Side): Field[] {
  const { properties = {}, required = [] } = whole(schema);
  return Object.entries(properties).map(([name, part]) =>
    fieldOf(name, part, { required: required.includes(name), side }),
  );
}

/** A field or parameter, for the page. */
export function fieldOf(name: string, schema: SchemaPart, place: { required: boolean; side: Side }): Field {
  const { required, side } = place;
  const list = whole(schema).items;
  const missing = side === "answered" && !required ? ", can be missing" : "";
  return {
    name,
    type: `${typeWords(schema)}${missing}`,
    required: required && side === "sent",
    says: schema.description ?? null,
    fields: fieldsOf(list ?? schema, side),
  };
}

/** Without the null that something may be besides. */
function whole(schema: SchemaPart): SchemaPart {
  const [only, ...others] = (schema.anyOf ?? []).filter(({ type }) => type !== "null");
  return only && others.length === 0 ? only : schema;
}

/** The type in words: what a value looks like, its limits, and what counts where it is left out. */
function typeWords(schema: SchemaPart): string {
  const part = whole(schema);
  const nothing = part !== schema || [schema.type].flat().includes("null") ? ", or null" : "";
  const usual = schema.default === undefined ? "" : `, else \`${JSON.stringify(schema.default)}\``;
  return `${baseWords(part)}${limits(part)}${nothing}${usual}`;
}

const formats: Record<string, string> = { uuid: "UUID", uri: "URL", "date-time": "time" };
const types: Record<string, string> = { string: "text", integer: "whole number", boolean: "true or false" };

function baseWords({ type: sort, format = "", enum: values = [], items }: SchemaPart): string {
  const [type = "anything"] = [sort ?? []].flat().filter((one) => one !== "null");
  const allowed = values.filter((one) => one !== null);
  if (allowed.length > 0) return allowed.map((one) => `\`${String(one)}\``).join(", ");
  if (items) return `list of ${whole(items).properties ? "objects" : baseWords(items)}`;
  return formats[format] ?? types[type] ?? type;
}

/** Limits that say something: those of all whole numbers are none. */
function limits({ minimum, maximum }: SchemaPart): string {
  if (minimum === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return "";
  return ` ${minimum} to ${maximum}`;
}
