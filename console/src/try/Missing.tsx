import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { useMay } from "../files/useFolder";
import { listed } from "../permissions";
import type { Session } from "../session/session";
import { hasScope, isRoot } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { learnerOfNames, nameAndIdOf } from "../users/names";
import { kindAndName, type Subject } from "../users/subjects";
import type { Answer } from "./ask";
import { gapsOf, type Gap } from "./grant";
import { GrantDialog } from "./GrantDialog";
import { placeOf } from "./place";
import type { Question } from "./question";

const words = text.try;

interface Props {
  question: Question;
  answer: Answer;
  session: Session;
  onGranted: () => void;
}

/** What would have to be granted: with a button for whoever may, and with whom to ask for the others. */
export function Missing({ question, answer, session, onGranted }: Props) {
  const gaps = gapsOf(answer.needs);
  if (gaps.length === 0) return null;
  return (
    <section aria-label={words.missing} className="missing">
      <h2>{words.missing}</h2>
      {gaps.map((gap) => (
        <GapLine
          key={`${gap.bucket}/${gap.scope}`}
          gap={gap}
          user={question.user === "" ? session.who.id : question.user}
          session={session}
          onGranted={onGranted}
        />
      ))}
    </section>
  );
}

function GapLine({ gap, user, session, onGranted }: { gap: Gap; user: string; session: Session; onGranted: () => void }) {
  const [isAsked, setAsked] = useState(false);
  const may = useMay(gap.bucket, gap.scope);
  const root = isRoot(session);
  const mayGrant = root ? hasScope(session, "grants:write") : may("admin");
  const what = words.grantTo(listed(gap.permissions), placeOf(gap.bucket, gap.scope));
  return (
    <>
      <div className="gap">
        <span>{what}</span>
        {mayGrant ? (
          <Button look="main" size="small" onPress={() => setAsked(true)}>
            {words.grantIt}
          </Button>
        ) : null}
      </div>
      {mayGrant ? null : <Whom gap={gap} user={user} mayList={root} />}
      {isAsked ? (
        <GrantDialog
          gap={gap}
          user={user}
          onClose={(isGranted) => {
            setAsked(false);
            if (isGranted) onGranted();
          }}
        />
      ) : null}
    </>
  );
}

/** Who can grant it, where that may be seen; else what to tell whoever can. */
function Whom({ gap, user, mayList }: { gap: Gap; user: string; mayList: boolean }) {
  const { bucket } = gap;
  const admins = useQuery({ queryKey: ["admins", bucket], queryFn: () => readAdmins(bucket), enabled: mayList });
  if (admins.data !== undefined && admins.data.length > 0) {
    return (
      <div className="soft">
        {words.askWhom}
        <ul>
          {admins.data.map((one) => (
            <li key={`${one.kind} ${one.subject}`} title={one.subject}>
              {kindAndName(one)}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div className="soft">
      {words.askSomebody}
      <div>
        <code>{words.request(nameAndIdOf(user), listed(gap.permissions), placeOf(bucket, gap.scope))}</code>
      </div>
    </div>
  );
}

async function readAdmins(bucket: string): Promise<Subject[]> {
  const query = { permission: "admin" as const, page_size: 20 };
  const learn = learnerOfNames();
  const page = data(await api.GET("/v1/buckets/{bucket}/access", { params: { path: { bucket }, query } }));
  learn(page.items);
  return page.items;
}
