// Writes times in the reader's zone. Pages say them in UTC; the exact time stays in the title.
const options = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
const words = new Intl.DateTimeFormat("en-GB", { ...options, timeZoneName: "short" });

for (const element of document.querySelectorAll("time[datetime]")) {
  const date = new Date(element.dateTime);
  if (!Number.isNaN(date.getTime())) element.textContent = words.format(date);
}
