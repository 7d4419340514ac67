"""Writes instalments reckoned with decimals: python3 loan.py > loan.txt"""

import random
from decimal import ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60
random.seed(20191008)


def fen(amount):
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def equal_instalment(principal, months, monthly):
    """The sum that leaves nothing after the last month: by the recursion of what is left, which is linear in it."""
    left, paid = Decimal(principal), Decimal(0)
    for _ in range(months):
        left, paid = left * (1 + monthly), paid * (1 + monthly) + 1
    return left / paid


def main():
    print("# Made by loan.py: principal in fen, months, hundredths of a percent, equal instalment, first of equal principal")
    for number in range(400):
        principal = random.choice([random.randint(1_000, 10**7), random.randint(10**7, 5 * 10**9)])
        months = random.choice([1, 12, 36, 120, 240, 360, random.randint(2, 360)])
        rate = 0 if number < 5 else random.choice([300, 310, 350, 360, 385, 395, 420, 465, 485, random.randint(1, 2400)])
        monthly = Decimal(rate) / 120_000
        first = Decimal(principal) / months + principal * monthly
        print(principal, months, rate, fen(equal_instalment(principal, months, monthly)), fen(first))


main()
