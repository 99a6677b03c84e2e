import { Check, ChevronDown } from "lucide-react";
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from "react-aria-components";

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { id: T; label: string }[];
  onChange: (value: T) => void;
  /** The label is for those who hear the page only. */
  hideLabel?: boolean;
}

/** One of a few. */
export function Choice<T extends string>({ label, value, options, onChange, hideLabel }: Props<T>) {
  return (
    <Select className="field" value={value} onChange={(key) => onChange(key as T)}>
      <Label className={hideLabel ? "hidden" : "label"}>{label}</Label>
      <Button className="button choice">
        <SelectValue>{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="option">
              <Check aria-hidden />
              {option.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
