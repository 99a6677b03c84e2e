import { api, data } from "../api/client";
import type { components } from "../api/schema";

export type ChainCheck = components["schemas"]["ChainCheck"];
export type ChainBreak = components["schemas"]["ChainBreak"];

/** Has the server verify the log of changes behind `after`, for about a second. */
export async function verifyPart(after: string | null, signal: AbortSignal): Promise<ChainCheck> {
  const query = after === null ? {} : { after };
  return data(await api.GET("/v1/changes/chain", { params: { query }, signal }));
}
