/** Where a bar is drawn: nowhere but on a terminal. */
export interface BarTerminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface ProgressBar {
  show(done: number, total: number): void;
  /** Writes a line above the bar. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

const redrawMs = 100;
const barWidth = 30;

/** A bar on one line, with what is done, how fast, and what is left. Drawn at most ten times a second. */
export function progressBar(terminal: BarTerminal, clock: () => number = () => performance.now()): ProgressBar {
  const started = clock();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = "";
  const draw = (line: string) => {
    if (terminal.isTTY) terminal.write(`\r${line.padEnd(drawn.length)}`);
    drawn = line;
  };
  const clear = () => {
    if (drawn === "") return;
    draw("");
    terminal.write("\r");
  };
  return {
    show(done, total) {
      const now = clock();
      if (!terminal.isTTY || now - drawnAt < redrawMs) return;
      drawnAt = now;
      draw(barLine({ done, total, seconds: (now - started) / 1000 }).slice(0, (terminal.columns ?? 80) - 1));
    },
    say(line) {
      clear();
      terminal.write(`${line}\n`);
    },
    end: clear,
  };
}

function barLine({ done, total, seconds }: { done: number; total: number; seconds: number }): string {
  const part = total === 0 ? 1 : done / total;
  const filled = Math.round(part * barWidth);
  const bar = "#".repeat(filled).padEnd(barWidth, "-");
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `, ${duration((total - done) / rate)} left` : "";
  return `[${bar}] ${Math.floor(part * 100)} %  ${grouped(done)} of ${grouped(total)} rows, ${grouped(rate)} a second${left}`;
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString("en");
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
