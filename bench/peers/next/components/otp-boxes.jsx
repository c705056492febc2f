"use client";

import { useRef } from "react";

const LENGTH = 6;

// Six boxes over one string, so that a pasted or autofilled code fills them all.
export function OtpBoxes({ value, onChange }) {
  const boxes = useRef([]);

  function type(index, text) {
    const digits = text.replace(/\D/g, "");
    const next = (value.slice(0, index) + digits + value.slice(index + 1)).slice(0, LENGTH);
    onChange(next);
    if (digits) boxes.current[Math.min(index + digits.length, LENGTH - 1)].focus();
  }

  function press(index, event) {
    if (event.key === value[index]) {
      // The digit that stands there already changes nothing, so no change event would move on.
      event.preventDefault();
      type(index, event.key);
    } else if (event.key === "Backspace" && !value[index] && index > 0) {
      event.preventDefault();
      onChange(value.slice(0, index - 1) + value.slice(index));
      boxes.current[index - 1].focus();
    }
  }

  return (
    <fieldset>
      <legend>Verification code</legend>
      <div className="boxes">
        {Array.from({ length: LENGTH }, (_, index) => (
          <input
            key={index}
            ref={(box) => { boxes.current[index] = box; }}
            aria-label={`Digit ${index + 1}`}
            inputMode="numeric"
            autoComplete={index === 0 ? "one-time-code" : "off"}
            autoFocus={index === 0}
            value={value[index] ?? ""}
            onChange={(event) => type(index, event.target.value)}
            onFocus={(event) => event.target.select()}
            onKeyDown={(event) => press(index, event)}
          />
        ))}
      </div>
    </fieldset>
  );
}
