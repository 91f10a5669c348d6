import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { connect, ProblemError, unwrap, type Schemas } from "./client.js";

// The quickstart's, unless the environment names others.
const base = process.env.TRIBUTARY_URL || "http://127.0.0.1:8080";
const key = process.env.TRIBUTARY_KEY || "trib_demo";

const client = connect(base, key);

/** Reads all pages of a list of approved conversions since an instant, newest first. */
async function walk(since: string, limit: number): Promise<Schemas["Conversion"][]> {
  const all: Schemas["Conversion"][] = [];
  let cursor: string | null = null;
  do {
    const list: Schemas["ConversionList"] = unwrap(
      await client.GET("/conversions", {
        params: {
          query: {
            platform: ["affjet", "trackier"],
            status: ["approved"],
            occurred_from: since,
            sort: ["-occurred_at"],
            fields: ["id", "status", "occurred_at", "commission"],
            limit,
            ...(cursor !== null && { cursor }),
          },
        },
      }),
    );
    for (const p of list.platforms) assert.equal(p.status, "ok", `${p.platform}: ${p.problem?.detail}`);
    all.push(...list.data);
    cursor = list.page.next_cursor;
  } while (cursor !== null);
  return all;
}

test("a list with filters, walked by its cursor", async () => {
  const since = new Date(Date.now() - 60 * 24 * 3600_000).toISOString();
  const rows = await walk(since, 50);
  assert.ok(rows.length > 50, `${rows.length} conversions are too few to walk`);
  let before = Infinity;
  for (const row of rows) {
    assert.equal(row.status, "approved");
    assert.ok(row.occurred_at !== null);
    const at = Date.parse(row.occurred_at);
    assert.ok(at >= Date.parse(since) && at <= before, `${row.id} occurred at ${row.occurred_at}`);
    assert.equal(row.country, null, "what was not asked for is null");
    before = at;
  }
  const ids = rows.map((row) => row.id);
  assert.equal(new Set(ids).size, ids.length, "no row comes twice");
  assert.deepEqual((await walk(since, 1000)).map((row) => row.id), ids);
});

test("one object", async () => {
  const list = unwrap(await client.GET("/networks", { params: { query: { platform: ["affjet"] } } }));
  const listed = list.data[0];
  assert.ok(listed, "no networks");
  const network = unwrap(
    await client.GET("/networks/{id}", { params: { path: { id: listed.id }, query: { include: ["native"] } } }),
  );
  assert.equal(network.id, listed.id);
  assert.equal(network.name, listed.name);
  assert.equal(network.platform, "affjet");
  assert.ok(network.native, "the native object was asked for");
  assert.equal(listed.native, undefined, "the native object was not asked for");
});

test("a report", async () => {
  const report = unwrap(
    await client.GET("/reports", {
      params: { query: { interval: "last_month", group_by: ["platform"], metrics: ["conversions", "commission"] } },
    }),
  );
  const affjet = report.data.find((row) => row.dimensions["platform"] === "affjet");
  assert.ok(affjet, "no row of affjet");
  const commission = affjet.metrics["commission"];
  assert.ok(commission !== null && typeof commission === "object", "a money metric is an object");
  assert.match(commission.value, /^\d+(\.\d+)?$/);
  assert.equal(commission.currency, "GBP");

  const conversions = (rows: { metrics: Schemas["ReportMetrics"] }[]) =>
    rows.reduce((sum, row) => sum + Number(row.metrics["conversions"]), 0);
  assert.ok(conversions(report.data) > 0);
  assert.equal(conversions(report.totals), conversions(report.data));
});

test("create with an Idempotency-Key, update, archive", async () => {
  const alias = `ts-${randomUUID()}`;
  const create = () =>
    client.POST("/campaigns", {
      params: { header: { "Idempotency-Key": alias } },
      body: {
        platform: "keitaro",
        name: "Made by the TypeScript example",
        alias,
        cost: { model: "CPC", value: { value: "0.05", currency: "USD" } },
      },
    });
  const campaign = unwrap(await create());
  assert.equal(campaign.name, "Made by the TypeScript example");
  assert.equal(campaign.alias, alias);

  // Sent again, as after a connection that broke: nothing is made twice.
  const again = await create();
  assert.equal(unwrap(again).id, campaign.id);
  assert.equal(again.response.headers.get("Idempotent-Replayed"), "true");

  // What is left out stays.
  const path = { id: campaign.id };
  const name = "Renamed by the TypeScript example";
  const updated = unwrap(await client.PATCH("/campaigns/{id}", { params: { path }, body: { name } }));
  assert.equal(updated.name, name);
  assert.equal(updated.alias, alias);

  const archived = await client.DELETE("/campaigns/{id}", { params: { path } });
  unwrap(archived);
  assert.equal(archived.response.status, 204);
  const archive = unwrap(
    await client.GET("/campaigns", {
      params: { query: { platform: ["keitaro"], native_id: [campaign.native_id], state: ["deleted"] } },
    }),
  );
  assert.deepEqual(archive.data.map((row) => row.id), [campaign.id]);
});

test("problems", async (t) => {
  const refused = async (call: () => Promise<unknown>, code: Schemas["ProblemCode"], status: number) => {
    try {
      await call();
    } catch (err) {
      assert.ok(err instanceof ProblemError, String(err));
      assert.equal(err.problem.code, code);
      assert.equal(err.problem.status, status);
      assert.ok(err.problem.detail, "it says what to do");
      return err.problem;
    }
    assert.fail(`no problem, where ${code} was due`);
  };

  await t.test("a parameter", async () => {
    const call = async () => unwrap(await client.GET("/conversions", { params: { query: { sort: ["nonsense"] } } }));
    const problem = await refused(call, "invalid_request", 400);
    assert.deepEqual(problem.errors?.map((e) => e.parameter), ["sort"]);
  });
  await t.test("an object that is not there", async () => {
    const call = async () => unwrap(await client.GET("/networks/{id}", { params: { path: { id: "affjet:0" } } }));
    await refused(call, "not_found", 404);
  });
  await t.test("a wrong key", async () => {
    await refused(async () => unwrap(await connect(base, "trib_wrong").GET("/platforms")), "unauthenticated", 401);
  });
});
