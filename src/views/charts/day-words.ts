const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "21 Nov" for 2025-11-21. */
export function dayWords(day: string): string {
  const [, month = "", date = ""] = /^\d{4}-(\d\d)-(\d\d)$/.exec(day) ?? [];
  return date ? `${Number(date)} ${months[Number(month) - 1] ?? ""}` : day;
}
