export const ownOrigin = "https://app.example.com";
/** Of another of our own pages: may call. */
export const allowedOrigin = "https://admin.example.com";

/** A form is sent, by a script: every wall has to look at it. */
export function requestFrom(origin, site, more = {}) {
  return new Request(`${ownOrigin}/projects`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "Sec-Fetch-Site": site,
      "X-Requested-With": "XMLHttpRequest",
      Origin: origin,
      ...more,
    },
  });
}

export const allowedRequest = (more) => requestFrom(allowedOrigin, "same-site", more);
export const foreignRequest = () => requestFrom("https://elsewhere.example", "cross-site");
