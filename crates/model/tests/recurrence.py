"""Draws rules at random and writes what python-dateutil makes of them: python3 recurrence.py > recurrence.txt"""

import random
from datetime import datetime

from dateutil.rrule import rrulestr

random.seed(20260501)
WEEK = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(of, most):
    return sorted(random.sample(of, random.randint(1, most)))


def rule():
    frequency = random.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = ["FREQ=" + frequency]
    if random.random() < 0.4:
        parts.append(f"INTERVAL={random.randint(1, 5)}")
    if random.random() < 0.3:
        parts.append("BYMONTH=" + ",".join(map(str, some(range(1, 13), 4))))
    if frequency != "WEEKLY" and random.random() < 0.4:
        parts.append("BYMONTHDAY=" + ",".join(map(str, some([*range(1, 32), *range(-5, 0)], 4))))
    if random.random() < 0.5:
        days = some(WEEK, 3)
        if frequency in ("MONTHLY", "YEARLY") and random.random() < 0.5:
            days = [random.choice(["1", "2", "-1", "-2", "5"]) + day for day in days]
        parts.append("BYDAY=" + ",".join(days))
    # In the week it begins in, dateutil counts BYSETPOS from the first day; the RFC counts in the whole week.
    if frequency in ("MONTHLY", "YEARLY") and len(parts) > 1 and ("BYDAY" in parts[-1] or "BYMONTHDAY" in parts[-1]):
        if random.random() < 0.4:
            parts.append("BYSETPOS=" + random.choice(["1", "2", "-1", "1,-1", "3"]))
    return ";".join(parts)


def main():
    print("# Made by recurrence.py with python-dateutil: rule|first day|the days")
    lines = 0
    while lines < 400:
        text = rule()
        begin = datetime(random.randint(2023, 2028), random.randint(1, 12), random.randint(1, 28))
        if random.random() < 0.2:
            begin = random.choice([datetime(2024, 2, 29), datetime(2026, 1, 31), datetime(2026, 12, 31)])
        days = []
        for found in rrulestr(text + ";UNTIL=20360101T000000", dtstart=begin):
            days.append(found.strftime("%Y-%m-%d"))
            if len(days) == 12:
                break
        if not days:
            continue
        print(f"{text}|{begin:%Y-%m-%d}|{' '.join(days)}")
        lines += 1


main()
