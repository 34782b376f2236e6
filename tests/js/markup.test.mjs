import assert from "node:assert/strict";
import { test } from "node:test";
import { marks, plain } from "../../js/src/core/markup.js";

test("text without marks is one piece", () => {
  assert.deepEqual(marks("a < b & c"), [{ kind: "text", text: "a < b & c" }]);
  assert.deepEqual(marks(""), []);
});

test("code and bold are found, in order", () => {
  assert.deepEqual(marks("**Never** `x[0]`!"), [
    { kind: "bold", parts: [{ kind: "text", text: "Never" }] },
    { kind: "text", text: " " },
    { kind: "code", text: "x[0]" },
    { kind: "text", text: "!" },
  ]);
});

test("stars inside code are not marks, and code may stand in bold", () => {
  assert.deepEqual(marks("2**3 and `x**2`"), [
    { kind: "text", text: "2**3 and " },
    { kind: "code", text: "x**2" },
  ]);
  assert.deepEqual(marks("**use `k**2`**"), [
    { kind: "bold", parts: [{ kind: "text", text: "use " }, { kind: "code", text: "k**2" }] },
  ]);
});

test("marks that are never closed stay text", () => {
  assert.equal(plain("a ** b and `c"), "a ** b and `c");
});

test("plain takes the marks out", () => {
  assert.equal(plain("**Turn `K`** by 180°"), "Turn K by 180°");
});
