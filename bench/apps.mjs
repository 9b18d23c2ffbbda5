/** Whole Workers that say who is asking, by the contestant inside. */
export const apps = {
  bare: "no sessions at all",
  edgeseal: "edgeseal",
  "authkit-session": "@workos/authkit-session",
  "hand-written": "hand-written AES-GCM",
  "iron-session": "iron-session",
  "jose-jwe": "jose JWE",
  "auth-core": "@auth/core JWT",
};
