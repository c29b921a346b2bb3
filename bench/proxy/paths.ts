/** Where the loads go, below the API. */
export const repository = "acme/site";
export const answerPath = `/repos/${repository}/issues/1`;
export const downloadPath = `/repos/${repository}/actions/artifacts/1/zip`;
export const uploadPath = `/repos/${repository}/issues/1/comments`;
