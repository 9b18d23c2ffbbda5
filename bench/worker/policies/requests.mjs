export const ownOrigin = "https://app.example.com";
/** Of another of our own pages: may call. */
export const allowedOrigin = "https://admin.example.com";

/** A form is sent, by a script: every wall has to look at it. */
export function requestFrom(origin, site) {
  return new Request(`${ownOrigin}/projects`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "Sec-Fetch-Site": site,
      "X-Requested-With": "XMLHttpRequest",
      Origin: origin,
    },
  });
}

export const allowedRequest = () => requestFrom(allowedOrigin, "same-site");
export const foreignRequest = () => requestFrom("https://elsewhere.example", "cross-site");
