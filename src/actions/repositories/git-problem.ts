import { Problem } from "../../errors.ts";
import { GitFailure } from "../../git/git-failure.ts";
import { ProviderFailure } from "../../providers/failure.ts";

/** What a failed run of git means to whoever wanted it; what is none, or was stopped by us, is handed back. */
export function gitProblem(error: unknown): unknown {
  if (!(error instanceof GitFailure)) return error;
  const cause = error;
  switch (error.kind) {
    case "unauthorized":
      return new ProviderFailure("unauthorized", "GitHub's git server did not accept the token", { cause });
    case "throttled":
      return new ProviderFailure("throttled", "GitHub's git server asks to wait", { cause });
    case "unreachable":
    case "timed_out":
      return new ProviderFailure("unreachable", "GitHub's git server can't be reached, or took too long", { cause });
    case "empty":
    case "garbled":
      return new ProviderFailure("garbled", "what GitHub's git server sent is no sound git data", { cause });
    case "not_found":
      return new Problem("repository_not_found", "The repository can't be fetched with this authorisation.", { cause });
    case "too_large":
      return new Problem("too_large", "The mirror would outgrow SYNC_MAX_MB: an operator raises it.", { cause });
    case "stopped":
      return error;
    case "local":
      return new Problem("internal_error", "The mirror can't be written. The log has the reason.", { cause });
  }
}
