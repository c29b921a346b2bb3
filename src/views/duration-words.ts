const units = [
  { seconds: 86_400, one: "day", many: "days" },
  { seconds: 3_600, one: "hour", many: "hours" },
  { seconds: 60, one: "minute", many: "minutes" },
  { seconds: 1, one: "second", many: "seconds" },
];

/** "3 hours": a time in its largest unit, rounded down. */
export function durationWords(seconds: number): string {
  const unit = units.find((each) => seconds >= each.seconds);
  if (!unit) return "less than a second";
  const count = Math.floor(seconds / unit.seconds);
  return `${count} ${count === 1 ? unit.one : unit.many}`;
}
