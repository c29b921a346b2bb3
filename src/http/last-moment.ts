import { DelegationFault } from "../actions/delegations/delegation-fault.ts";
import { endOfDay } from "./end-of-day.ts";

/**
 * When a permission ends; null: it doesn't.
 * @param day as a form has it
 * @throws DelegationFault `until`
 */
export function lastMoment(day: string): Date | null {
  if (!day) return null;
  const end = endOfDay(day);
  if (!end) throw new DelegationFault("until", "Write the day as YYYY-MM-DD, a day that the calendar has.");
  return end;
}
