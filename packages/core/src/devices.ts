export { deviceLabel } from "./lib/session/device-label.js";
