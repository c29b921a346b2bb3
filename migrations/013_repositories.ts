import type { Knex } from "knex";

/** Repositories of which mirrors are kept, each run that brought one up to date, and comments that were answered. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- number: GitHub's own. The name is the one it was last seen under. synced_by_ended: its user was deactivated or
    -- erased. A run that was asked for, or is due, waits in next_sync_at; whoever has the lease does it.
    CREATE TABLE repositories (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      provider text NOT NULL,
      number bigint NOT NULL,
      name text NOT NULL,
      synced_by_user_id uuid REFERENCES users ON DELETE SET NULL,
      synced_by_ended boolean NOT NULL DEFAULT false,
      every_seconds integer CHECK (every_seconds > 0),
      next_sync_at timestamptz,
      wanted_by text CHECK (wanted_by IN ('request', 'push', 'retry')),
      failure_count integer NOT NULL DEFAULT 0,
      lease_id uuid,
      lease_until timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (provider, number),
      CHECK ((lease_id IS NULL) = (lease_until IS NULL))
    );
    CREATE INDEX repositories_next_sync_at ON repositories (next_sync_at) WHERE lease_id IS NULL;
    CREATE INDEX repositories_lease_until ON repositories (lease_until) WHERE lease_id IS NOT NULL;
    CREATE INDEX repositories_synced_by ON repositories (synced_by_user_id);
    CREATE INDEX repositories_owner ON repositories (provider, split_part(lower(name), '/', 1));
    CREATE INDEX repositories_listed ON repositories (created_at, id);

    -- user_id and identity_id: as whom, where the attribution is the user's. They outlive what they name, as in the
    -- audit log.
    CREATE TABLE syncs (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      repository_id uuid NOT NULL REFERENCES repositories ON DELETE CASCADE,
      reason text NOT NULL CHECK (reason IN ('schedule', 'request', 'push', 'retry')),
      attribution text NOT NULL CHECK (attribution IN ('user', 'app')),
      user_id uuid,
      identity_id uuid,
      fallback_reason text,
      result text NOT NULL DEFAULT 'started' CHECK (result IN ('started', 'succeeded', 'failed')),
      code text,
      audit_id bigint,
      started_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz,
      CHECK ((result = 'started') = (finished_at IS NULL))
    );
    CREATE INDEX syncs_listed ON syncs (repository_id, started_at DESC, id DESC);
    CREATE INDEX syncs_unfinished ON syncs (repository_id) WHERE result = 'started';
    CREATE INDEX syncs_started_at ON syncs (started_at);

    -- number: the comment's at the provider. Who wrote it is kept nowhere.
    CREATE TABLE answered_comments (
      provider text NOT NULL,
      number bigint NOT NULL,
      repository_number bigint NOT NULL,
      claimed_until timestamptz,
      answered_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (provider, number)
    );
    CREATE INDEX answered_comments_repository ON answered_comments (provider, repository_number, created_at);
    CREATE INDEX answered_comments_created_at ON answered_comments (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE answered_comments, syncs, repositories");
}
