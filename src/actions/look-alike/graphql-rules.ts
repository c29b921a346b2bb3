import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { z } from "zod";
import { Problem } from "../../errors.ts";
import type { ApiRule } from "./api-rules.ts";

export interface GraphqlRequest {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | null;
}

/** What a GraphQL request takes, and in which repository where it names one for all that it changes. */
export interface GraphqlRule extends ApiRule {
  write: boolean;
  repository: string | null;
  /** Names of what is asked for or changed, for the audit log. */
  fields: string[];
}

/** More than any client's query has; a parser's time and memory grow with it. */
const mostTokens = 20_000;
const mostFieldsTold = 20;

/** Mutations that change no file and no ref. Others can bring content to a branch, and some that are yet to come. */
const harmless = new Set(
  `addAssigneesToAssignable addComment addDiscussionComment addLabelsToLabelable addPullRequestReview
  addPullRequestReviewComment addPullRequestReviewThread addPullRequestReviewThreadReply addReaction addSubIssue
  clearLabelsFromLabelable closeDiscussion closeIssue createDiscussion createIssue deleteDiscussionComment
  deleteIssueComment deletePullRequestReview deletePullRequestReviewComment dismissPullRequestReview lockLockable
  markDiscussionCommentAsAnswer markFileAsViewed minimizeComment removeAssigneesFromAssignable
  removeLabelsFromLabelable removeReaction removeSubIssue reopenDiscussion reopenIssue replaceActorsForAssignable
  requestReviews requestReviewsByLogin resolveReviewThread submitPullRequestReview unlockLockable
  unmarkDiscussionCommentAsAnswer unmarkFileAsViewed unminimizeComment unresolveReviewThread updateDiscussion
  updateDiscussionComment updateIssue updateIssueComment updatePullRequestReview updatePullRequestReviewComment`.split(
    /\s+/,
  ),
);

const aboutPullRequests = new Set([
  "closePullRequest",
  "convertPullRequestToDraft",
  "createPullRequest",
  "markPullRequestReadyForReview",
  "reopenPullRequest",
  "updatePullRequest",
]);

const commitInput = z.object({
  branch: z.object({ repositoryNameWithOwner: z.string(), branchName: z.string() }),
  fileChanges: z
    .object({
      additions: z.array(z.object({ path: z.string() })).nullish(),
      deletions: z.array(z.object({ path: z.string() })).nullish(),
    })
    .nullish(),
});

/**
 * Reads what a GraphQL request does from the request itself, never from names that its sender chose.
 * @throws Problem `bad_request` for what can't be parsed, is too large, or is a subscription
 */
export function graphqlRule(request: GraphqlRequest): GraphqlRule {
  const document = parsed(request.query);
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const named = operations.filter(({ name }) => name?.value === request.operationName);
  // Of several, GitHub runs the one that is named. Where that can't be told, all of them count.
  const meant = request.operationName === null || named.length === 0 ? operations : named;
  if (meant.length === 0 || meant.some(({ operation }) => operation === "subscription")) {
    throw new Problem("bad_request", "The body's query holds no query and no mutation.");
  }
  const fragments = fragmentsOf(document);
  const fieldsOf = (some: OperationDefinitionNode[]) =>
    some.flatMap(({ selectionSet }) => rootFields(selectionSet, fragments, new Map()));
  const fields = fieldsOf(meant);
  const mutations = fieldsOf(meant.filter(({ operation }) => operation === "mutation"));
  const told = [...new Set(fields.map(({ name }) => name.value))].slice(0, mostFieldsTold);
  const reads = { capabilities: [], ref: "none", write: false, repository: null, fields: told } as const;
  if (mutations.length === 0) return { ...reads, capabilities: ["api:read"] };
  // What stands in a default is not among the variables, and GitHub may take it.
  const open = meant.some(({ variableDefinitions = [] }) => variableDefinitions.some((one) => one.defaultValue));
  const rules = mutations.map((field) => mutationRule(field, open ? null : request.variables));
  const [first] = rules;
  // Several at once: each takes what it takes, which one answer can't say of several branches.
  return { ...reads, ...(rules.length === 1 && first ? first : together(rules)), write: true };
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: mostTokens, noLocation: true });
  } catch (error) {
    throw new Problem("bad_request", "The body's query is no GraphQL, or longer than is taken here.", { cause: error });
  }
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of definitions) {
    if (one.kind !== Kind.FRAGMENT_DEFINITION) continue;
    if (fragments.has(one.name.value)) throw unusable(one.name.value);
    fragments.set(one.name.value, one);
  }
  return fragments;
}

/**
 * The fields of the root type, through fragments. Each fragment is looked at once: a few that spread one another twice
 * each would be more fields than anybody can count.
 */
function rootFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Map<string, "within" | "done">,
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, fragments, seen);
    const name = selection.name.value;
    const fragment = fragments.get(name);
    if (!fragment || seen.get(name) === "within") throw unusable(name);
    if (seen.has(name)) return [];
    seen.set(name, "within");
    const fields = rootFields(fragment.selectionSet, fragments, seen);
    seen.set(name, "done");
    return fields;
  });
}

function unusable(fragment: string): Problem {
  return new Problem("bad_request", `The query's fragment "${fragment}" can't be used.`);
}

type MutationRule = ApiRule & { repository: string | null };

/** @param variables null: they can't be told */
function mutationRule(field: FieldNode, variables: Record<string, unknown> | null): MutationRule {
  const name = field.name.value;
  if (harmless.has(name)) return { capabilities: ["api:write"], ref: "none", repository: null };
  if (aboutPullRequests.has(name)) return { capabilities: ["pull-request"], ref: "none", repository: null };
  if (name !== "createCommitOnBranch" || !variables) return unseen();
  const argument = field.arguments?.find((one) => one.name.value === "input")?.value;
  const input = commitInput.safeParse(argument && valueFromASTUntyped(argument, variables));
  if (!input.success) return unseen();
  const { branch, fileChanges } = input.data;
  const changed = [...(fileChanges?.additions ?? []), ...(fileChanges?.deletions ?? [])].map(({ path }) => path);
  if (changed.some((path) => path.split("/").some((part) => /^\.{0,2}$/.test(part)))) return unseen();
  return {
    capabilities: ["api:write", "commit"],
    ref: { branch: branch.branchName.replace(/^refs\/heads\//, "") },
    repository: branch.repositoryNameWithOwner,
    paths: changed,
  };
}

function unseen(): MutationRule {
  return { capabilities: ["api:write", "commit", "workflows"], ref: "every", paths: "every", repository: null };
}

function together(rules: MutationRule[]): MutationRule {
  const changing = rules.filter(({ ref }) => ref !== "none");
  if (changing.length > 0) return unseen();
  return {
    capabilities: [...new Set(rules.flatMap(({ capabilities }) => capabilities))],
    ref: "none",
    repository: null,
  };
}
