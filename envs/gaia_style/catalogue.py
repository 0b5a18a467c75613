"""All questions of the set, in order. To add one, write its line with a new key and a seed of its own."""

from __future__ import annotations

from agentkit.envs.gaia_style.allotments import AllotmentList
from agentkit.envs.gaia_style.calendars import LoanDays, StopoverTrip
from agentkit.envs.gaia_style.counting import BandTrip, ShelfOrders
from agentkit.envs.gaia_style.couriers import CourierBill
from agentkit.envs.gaia_style.elections import CouncilVote
from agentkit.envs.gaia_style.energy import HeatingShare, SolarRoof
from agentkit.envs.gaia_style.families import FamilyLetters
from agentkit.envs.gaia_style.hospital import NightPay
from agentkit.envs.gaia_style.kitchen import HarvestSupper
from agentkit.envs.gaia_style.languages import MadeLanguage, TranslatorBill
from agentkit.envs.gaia_style.loyalty import LoyaltyPoints
from agentkit.envs.gaia_style.meetings import CommonCall
from agentkit.envs.gaia_style.minutes import BoardMinutes
from agentkit.envs.gaia_style.museums import GalleryDoors, MuseumLoans
from agentkit.envs.gaia_style.music import ChoirSeason
from agentkit.envs.gaia_style.observing import BirdWalk, StarNights
from agentkit.envs.gaia_style.payments import PaidTwice
from agentkit.envs.gaia_style.puzzles import BoardGame, QueuePuzzle, ShiftedNote
from agentkit.envs.gaia_style.question import Question
from agentkit.envs.gaia_style.races import SailingSeries, VillageRun
from agentkit.envs.gaia_style.railways import BranchLine
from agentkit.envs.gaia_style.rivers import RiverGauges
from agentkit.envs.gaia_style.schools import ExamMarks
from agentkit.envs.gaia_style.storeroom import FridgeLog, StockCount
from agentkit.envs.gaia_style.tournaments import ChessOpen, VillageLeague
from agentkit.envs.gaia_style.trams import TramComplaint
from agentkit.envs.gaia_style.wards import WardWeekend
from agentkit.envs.gaia_style.warehouses import StockroomAudit
from agentkit.envs.gaia_style.wells import WellSamples

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[Question, ...] = (
    LoanDays("loan-days-1", 1, 1000, ask="due"),
    LoanDays("loan-days-2", 1, 1037, ask="fine"),
    StopoverTrip("stopover-trip-1", 1, 1074, ask="air"),
    StopoverTrip("stopover-trip-2", 1, 1111, ask="ground"),
    BandTrip("band-trip-1", 1, 1148),
    ShelfOrders("shelf-orders-1", 1, 1185),
    QueuePuzzle("queue-puzzle-1", 1, 1222, people=6),
    QueuePuzzle("queue-puzzle-2", 1, 1259, people=7),
    BoardGame("board-game-1", 1, 1297),
    ShiftedNote("shifted-note-1", 1, 1333),
    HarvestSupper("harvest-supper-1", 1, 1370, what="sugar", guests=36),
    HarvestSupper("harvest-supper-2", 1, 1407, what="butter", guests=27),
    StockCount("stock-count-1", 1, 1445, ask="value"),
    StockCount("stock-count-2", 1, 1481, ask="pieces"),
    VillageRun("village-run-1", 1, 1525, sex="F", low=20, high=39),
    VillageRun("village-run-2", 1, 1559, sex="M", low=50, high=68),
    BirdWalk("bird-walk-1", 1, 1593, species="Curlew"),
    BirdWalk("bird-walk-2", 1, 1630, species="Golden plover"),
    ChoirSeason("choir-season-1", 1, 1667, voice="tenor"),
    MadeLanguage("made-language-1", 1, 1703, negated=False),
    MadeLanguage("made-language-2", 2, 1740, negated=True),
    FridgeLog("fridge-log-1", 2, 1777, ask="total"),
    FridgeLog("fridge-log-2", 2, 1815, ask="longest"),
    StarNights("star-nights-1", 2, 1851, number="QV 204", ask="minutes"),
    StarNights("star-nights-2", 2, 1890, number="QV 233", ask="night"),
    RiverGauges("river-gauges-1", 2, 1925, station="weir"),
    RiverGauges("river-gauges-2", 2, 1964, station="bridge"),
    TranslatorBill("translator-bill-1", 2, 1999),
    BranchLine("branch-line-1", 2, 2036, day="Wed"),
    BranchLine("branch-line-2", 2, 2073, day="Sat"),
    CommonCall("common-call-1", 2, 2119, clock="", minutes=45),
    CommonCall("common-call-2", 2, 2152, clock="Aiko", minutes=60),
    NightPay("night-pay-1", 2, 2186, nurse="Castro", ask="pay"),
    NightPay("night-pay-2", 2, 2225, nurse="Dvorak", ask="night"),
    CourierBill("courier-bill-1", 2, 2258, customer="Pottery Ruhl", ask="bill"),
    CourierBill("courier-bill-2", 2, 2297, customer="Bindery Okoro", ask="volume"),
    VillageLeague("village-league-1", 2, 2334, places=3),
    VillageLeague("village-league-2", 2, 2369, places=4),
    ChessOpen("chess-open-1", 2, 2406, place=2),
    GalleryDoors("gallery-doors-1", 2, 2447, ask="most"),
    GalleryDoors("gallery-doors-2", 2, 2481, ask="15:10:00"),
    MuseumLoans("museum-loans-1", 2, 2517, ask="Ferry House"),
    MuseumLoans("museum-loans-2", 2, 2554, ask="most"),
    ExamMarks("exam-marks-1", 2, 2591, ask="distinction"),
    ExamMarks("exam-marks-2", 2, 2628, ask="failed"),
    HeatingShare("heating-share-1", 2, 2665, flat="Second left"),
    FamilyLetters("family-letters-1", 2, 2702, ask="alive"),
    FamilyLetters("family-letters-2", 2, 2739, ask="turned"),
    AllotmentList("allotment-list-1", 2, 2777, place=6),
    SailingSeries("sailing-series-1", 3, 2822, place=3),
    SailingSeries("sailing-series-2", 3, 2853, place=2),
    WellSamples("well-samples-1", 3, 2887, substance="nitrite", field="Quarry"),
    WardWeekend("ward-weekend-1", 3, 2929),
    TramComplaint("tram-complaint-1", 3, 2961),
    SolarRoof("solar-roof-1", 3, 2998),
    CouncilVote("council-vote-1", 3, 3035, ask="winner"),
    CouncilVote("council-vote-2", 3, 3084, ask="excluded"),
    StockroomAudit("stockroom-audit-1", 3, 3110),
    PaidTwice("paid-twice-1", 3, 3147, ask="total"),
    PaidTwice("paid-twice-2", 3, 3183, ask="supplier"),
    LoyaltyPoints("loyalty-points-1", 3, 3220),
    BoardMinutes("board-minutes-1", 3, 3257),
)
"""Key, level, seed, and what tells each from its sisters. The seeds were chosen so that every trap is one."""
