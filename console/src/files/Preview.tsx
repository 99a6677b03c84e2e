import { useQuery } from "@tanstack/react-query";
import { Download, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { download } from "./download";
import { size } from "./format";
import { read, streamUrl } from "./gateway";
import { kindOf, MOST_BLOB, MOST_TEXT, type Kind } from "./preview";
import type { Row } from "./rows";

const words = text.preview;

/** Shows an object, as far as a browser can without running anything of it. */
export function Preview({ bucket, row, onClose }: { bucket: string; row: Row; onClose: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const kind = kindOf(row.key);
  const fetch_ = () => download(bucket, [row.key]).catch(setError);
  const extra = (
    <>
      <Button onPress={() => void fetch_()}>
        <Download aria-hidden /> {text.files.download}
      </Button>
      <Button size="icon" look="bare" label={text.close} onPress={onClose}>
        <X aria-hidden />
      </Button>
    </>
  );
  return (
    <Dialog title={row.name} isWide extra={extra} onClose={onClose}>
      {error === null ? null : <Trouble error={error} />}
      <Content bucket={bucket} row={row} kind={kind} />
    </Dialog>
  );
}

function Content({ bucket, row, kind }: { bucket: string; row: Row; kind: Kind }) {
  const bytes = row.size ?? 0;
  if (kind === null) return <p className="soft">{words.none}</p>;
  if (kind.shows === "text") return <TextOf bucket={bucket} row={row} />;
  if (kind.shows === "audio" || kind.shows === "video") return <Played bucket={bucket} row={row} shows={kind.shows} type={kind.type} />;
  if (bytes > MOST_BLOB) return <p className="soft">{words.tooLarge(size(MOST_BLOB))}</p>;
  return <BlobOf bucket={bucket} row={row} shows={kind.shows} type={kind.type} />;
}

function TextOf({ bucket, row }: { bucket: string; row: Row }) {
  const content = useQuery({
    queryKey: ["text", bucket, row.key, row.changed?.getTime()],
    // A range of nothing cannot be answered.
    queryFn: async () => (row.size === 0 ? "" : (await read(bucket, row.key, MOST_TEXT)).text()),
    gcTime: 0,
  });
  if (content.isError) return <Trouble error={content.error} onRetry={() => void content.refetch()} />;
  if (content.isPending) return <p className="soft">{text.loading}</p>;
  return (
    <>
      {(row.size ?? 0) > MOST_TEXT ? <p className="soft">{words.large(size(MOST_TEXT))}</p> : null}
      <div className="show" tabIndex={0} role="region" aria-label={words.title}>
        <pre>{content.data}</pre>
      </div>
    </>
  );
}

function BlobOf(props: { bucket: string; row: Row; shows: "image" | "pdf"; type: string }) {
  const { bucket, row, shows, type } = props;
  const content = useQuery({
    queryKey: ["blob", bucket, row.key, row.changed?.getTime()],
    queryFn: async () => new Blob([await read(bucket, row.key, MOST_BLOB)], { type }),
    gcTime: 0,
  });
  const url = useBlobUrl(content.data);
  if (content.isError) return <Trouble error={content.error} onRetry={() => void content.refetch()} />;
  if (url === null) return <p className="soft">{text.loading}</p>;
  return (
    <div className="show">
      {shows === "image" ? <img src={url} alt={row.name} /> : <iframe src={url} title={row.name} />}
    </div>
  );
}

/** A sound or a film: the browser asks the gateway for as much of it as it plays. */
function Played(props: { bucket: string; row: Row; shows: "audio" | "video"; type: string }) {
  const { bucket, row, shows, type } = props;
  const [isBroken, setBroken] = useState(false);
  /** Where it is, and where it was when it failed, in seconds. */
  const place = useRef({ now: 0, failed: 0 });
  const url = useQuery({
    queryKey: ["stream", bucket, row.key, row.changed?.getTime()],
    queryFn: () => streamUrl(bucket, row.key, type),
    gcTime: 0,
    staleTime: Infinity,
  });
  if (url.isError) return <Trouble error={url.error} onRetry={() => void url.refetch()} />;
  if (url.isPending) return <p className="soft">{text.loading}</p>;
  if (isBroken) return <p className="soft">{words.unplayable}</p>;
  const Player = shows;
  const fail = () => {
    const { now, failed } = place.current;
    if (now <= failed) { setBroken(true); return; }
    // It was played until the address ended: it goes on with another one.
    place.current.failed = now;
    void url.refetch();
  };
  return (
    <div className="show">
      <Player
        src={url.data}
        controls
        aria-label={row.name}
        onTimeUpdate={({ currentTarget }) => (place.current.now = Math.max(place.current.now, currentTarget.currentTime))}
        onLoadedMetadata={({ currentTarget }) => (currentTarget.currentTime = place.current.failed)}
        onError={fail}
      />
    </div>
  );
}

/** An address of a blob, for as long as the component is there. */
function useBlobUrl(blob: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- an address is made and revoked with the effect
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
