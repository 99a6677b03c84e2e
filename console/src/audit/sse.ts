/** An event of an event stream. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  type: string;
  id: string;
  data: string;
}

/** Reads an event stream from its pieces (HTML Living Standard, 9.2.6). Comments and fields that nobody needs are skipped. */
export function eventReader(): (piece: string) => StreamEvent[] {
  let rest = "";
  let [type, id, data] = ["", "", [] as string[]];
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      const colon = line.indexOf(":");
      const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
      if (line === "") {
        if (data.length > 0) events.push({ type: type === "" ? "message" : type, id, data: data.join("\n") });
        [type, data] = ["", []];
      } else if (field === "event") type = value;
      else if (field === "id") id = value;
      else if (field === "data") data.push(value);
    }
    return events;
  };
}
