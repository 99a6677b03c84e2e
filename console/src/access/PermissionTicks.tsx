import { CheckboxGroup, Label } from "react-aria-components";

import { Tick } from "../ui/Tick";
import { has, toggled, type Permission, type Permissions } from "../permissions";

interface Props {
  label: string;
  offered: Permissions;
  value: Permissions;
  isOff?: (permission: Permission) => boolean;
  hint?: string;
  error?: string | null;
  onChange: (by: (set: Permissions) => Permissions) => void;
}

/** A box for each permission. What `read` contains is ticked with it. */
export function PermissionTicks({ label, offered, value, isOff, hint, error, onChange }: Props) {
  return (
    <CheckboxGroup
      className="field ticks row"
      value={offered.filter((one) => has(value, one))}
      onChange={(ticked) => {
        onChange((set) => offered.filter((one) => ticked.includes(one) !== has(set, one)).reduce(toggled, set));
      }}
    >
      <Label>{label}</Label>
      {offered.map((one) => (
        <Tick key={one} value={one} isDisabled={(one === "list" && has(value, "read")) || (isOff?.(one) ?? false)}>
          {one}
        </Tick>
      ))}
      {hint === undefined ? null : <span className="hint">{hint}</span>}
      {error == null ? null : <span className="error">{error}</span>}
    </CheckboxGroup>
  );
}
