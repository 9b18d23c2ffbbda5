export function requestWith(cookieName, text) {
  return new Request("https://app.example.com/", { headers: { Cookie: `${cookieName}=${text}` } });
}
