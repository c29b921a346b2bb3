# onbehalf without its embedded PostgreSQL: give it DATABASE_URL. The tag is that of the `node` package in package.json.
FROM node:24.21.0-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# @primer/css brings what its stylesheets were made from, which nothing reads any more.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm -rf node_modules/@primer/primitives

FROM node:24.21.0-bookworm-slim
# git mirrors repositories. npm and its like have nothing to do here.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
    /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
  && install -d -o 1000 -g 1000 -m 0700 /data
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json LICENSE ./
COPY migrations migrations
COPY src src
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data HOME=/data NODE_COMPILE_CACHE=/data/compiled
# The only place that is written to: mirrors of repositories, what set-up finds out, and what Node has compiled.
VOLUME /data
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["start"]
