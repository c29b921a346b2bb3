import { createHmac, randomUUID } from "node:crypto";

export interface DeliveryRecord {
  /** What `/app/hook/deliveries` knows it by; `id` stays the same when it is sent again. */
  number: number;
  id: string;
  event: string;
  action: string | null;
  /** The receiver's answer; 0 while under way or when there was none. */
  status: number;
  at: number;
  redelivery: boolean;
}

export interface DeliverOptions {
  id?: string;
  signatureSecret?: string;
}

const ANSWER_WITHIN_MS = 10_000;

/** Signed deliveries to the app's webhook address. A failure is recorded and never repeated, as on GitHub. */
export class Webhooks {
  readonly deliveries: DeliveryRecord[] = [];
  readonly #app: { id: number; webhookSecret: string };
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #sent = new WeakMap<DeliveryRecord, { body: string; options: DeliverOptions }>();
  #url: string | null = null;
  #nextNumber = 12_345_678_001;

  constructor(app: { id: number; webhookSecret: string }) {
    this.#app = app;
  }

  setUrl(url: string | null): void {
    this.#url = url;
  }

  get url(): string | null {
    return this.#url;
  }

  /** Whether anybody would get a delivery. */
  get listening(): boolean {
    return this.#url !== null;
  }

  /** Sends without anybody waiting for it. */
  send(event: string, payload: object): void {
    if (this.#url) void this.deliver(event, payload);
  }

  async deliver(event: string, payload: object, options: DeliverOptions = {}): Promise<{ status: number; id: string }> {
    const action = "action" in payload && typeof payload.action === "string" ? payload.action : null;
    const told = { id: options.id ?? randomUUID(), event, action, redelivery: false };
    return this.#attempt(told, JSON.stringify(payload), options);
  }

  /** Sends a delivery once more, under the same id. False: there is none of that number. */
  redeliver(number: number): boolean {
    const record = this.deliveries.find((one) => one.number === number);
    const sent = record && this.#sent.get(record);
    if (!sent) return false;
    const { id, event, action } = record;
    void this.#attempt({ id, event, action, redelivery: true }, sent.body, sent.options);
    return true;
  }

  /** The body of a delivery, as it was sent. */
  payload(record: DeliveryRecord): string {
    return this.#sent.get(record)?.body ?? "";
  }

  async #attempt(
    told: Pick<DeliveryRecord, "id" | "event" | "action" | "redelivery">,
    body: string,
    options: DeliverOptions,
  ): Promise<{ status: number; id: string }> {
    const record: DeliveryRecord = { number: this.#nextNumber++, ...told, status: 0, at: Date.now() };
    this.#sent.set(record, { body, options });
    this.deliveries.push(record);
    if (this.#url) {
      const posting = this.#post(this.#url, told.event, told.id, body, options);
      this.#underWay.add(posting);
      record.status = await posting;
      this.#underWay.delete(posting);
    }
    return { status: record.status, id: told.id };
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #post(url: string, event: string, id: string, body: string, options: DeliverOptions) {
    const secret = options.signatureSecret ?? this.#app.webhookSecret;
    try {
      const answer = await fetch(url, {
        method: "POST",
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: {
          "content-type": "application/json",
          "user-agent": "GitHub-Hookshot/sandbox",
          "x-github-event": event,
          "x-github-delivery": id,
          "x-github-hook-id": "1",
          "x-github-hook-installation-target-id": String(this.#app.id),
          "x-github-hook-installation-target-type": "integration",
          "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
        },
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}
