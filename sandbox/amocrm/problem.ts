import type { FastifyReply } from "fastify";

/** An error of the token endpoint. It has no `error` field. */
export function sendOauthProblem(reply: FastifyReply, status: number, hint: string): FastifyReply {
  return reply.code(status).send({
    hint,
    title: "Некорректный запрос",
    type: "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
    status,
    detail: "В запросе отсутствует ряд параметров или параметры невалидны",
  });
}

/** Wrong client credentials: the one without a `hint`. */
export function sendClientProblem(reply: FastifyReply): FastifyReply {
  return reply.code(401).send({
    title: "Некорректный клиент",
    type: "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
    status: 401,
    detail: "Авторизация клиента не прошла",
  });
}

const titles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
};

/** An error of the API. */
export function sendApiProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const title = titles[status] ?? "Error";
  return reply
    .code(status)
    .type("application/problem+json")
    .send({ title, type: `https://httpstatus.es/${status}`, status, detail });
}
