import { api, data } from "../api/client";

/** The first user ids that grants and member lists name: enough to suggest some. */
export async function readUsers(): Promise<string[]> {
  const page = data(await api.GET("/v1/users", { params: { query: { page_size: 1000 } } }));
  return page.items.map((user) => user.id);
}
