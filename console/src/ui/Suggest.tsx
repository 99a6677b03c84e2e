import { ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Text } from "react-aria-components";

interface Props {
  label: string;
  value: string;
  /** What is offered; anything else may be typed. */
  options: readonly string[];
  onChange: (value: string) => void;
  hint?: string;
  error?: string | null;
  placeholder?: string;
  isDisabled?: boolean;
  /** The label is for those who hear the page only. */
  hideLabel?: boolean;
}

/** How many options are shown at a time: who wants others types more. */
const SHOWN = 50;

/** A line of text with suggestions. */
export function Suggest(props: Props) {
  const { label, value, options, onChange, hint, error, placeholder } = props;
  const wanted = value.toLowerCase();
  const fitting = options.filter((option) => option.toLowerCase().includes(wanted));
  // What was chosen is no filter: the others are to be seen.
  const shown = (options.includes(value) ? options : fitting).slice(0, SHOWN);
  return (
    <ComboBox
      className="field"
      allowsCustomValue
      menuTrigger="focus"
      inputValue={value}
      onInputChange={onChange}
      items={shown.map((id) => ({ id }))}
      isDisabled={props.isDisabled ?? false}
      isInvalid={error != null}
      validationBehavior="aria"
    >
      <Label className={props.hideLabel ? "hidden" : ""}>{label}</Label>
      <Input {...(placeholder === undefined ? {} : { placeholder })} spellCheck={false} autoComplete="off" />
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">{error}</FieldError>
      <Popover className="popover">
        <ListBox>
          {(option: { id: string }) => (
            <ListBoxItem id={option.id} textValue={option.id} className="option">
              {option.id}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
