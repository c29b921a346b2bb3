/**
 * The last moment of a day in UTC.
 * @param day `YYYY-MM-DD`
 * @returns null when it is none that the calendar has
 */
export function endOfDay(day: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const end = new Date(`${day}T23:59:59Z`);
  const real = !Number.isNaN(end.getTime()) && end.toISOString().startsWith(`${day}T`);
  return real ? end : null;
}
